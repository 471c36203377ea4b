#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets: tests/fuzz/make_corpus.py. Files called seed-* are its own; the others are
inputs that once showed a fault, and stay."""
import gzip
import json
import re
import struct
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
HEADERS = {"auto": 0, "yes": 1, "no": 2}
DELIMITERS = {"auto": 0, "comma": 1, "semicolon": 2, "tab": 3}
KINDS = {"none": 0, "classes": 1, "values": 2, "auto": 3}
REPORT = (Path(__file__).parent / "targets" / "report.c").read_text()
COUNTS = {}


def save(name, data):
    COUNTS[name] = COUNTS.get(name, 0) + 1
    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"seed-{COUNTS[name]:02}").write_bytes(data)


def options(header="auto", delimiter="auto", decimal_comma=False, base=0, kind="classes", drop=False,
            impute=True, unseen_error=False, is_name=False, asks=False, describe=False, expected=None,
            max_categories=None, outputs=None, svmlight=None, indices=None, model_target=None, model_base=None,
            skip_weights=False, **texts):
    """What fuzz_take_load of table.c reads."""
    form = HEADERS[header] + 3 * DELIMITERS[delimiter] + (decimal_comma << 4) + (base << 5)
    targets = (KINDS[kind] | drop << 2 | impute << 3 | unseen_error << 4 | is_name << 5 | asks << 6 | describe << 7)
    names = ["target", "features", "ignore", "categorical", "keep", "weights", "missing", "classes"]
    flags = sum(1 << i for i, name in enumerate(names) if name in texts)
    more = [expected, max_categories, outputs, svmlight, indices, model_target, model_base]
    bits = sum(1 << i for i, value in enumerate(more) if value is not None) | skip_weights << 7
    out = bytes([form, targets, flags, bits])
    for name in names:
        if name in texts:
            out += texts[name].encode("latin-1") + b"\n"
    for value in more:
        if isinstance(value, str):
            out += value.encode() + b"\n"
        elif value is not None:
            out += bytes([value])
    return out


def table(reader, data, by_bytes=False, piped=False, held=False, asks_header=False, most=None, **how):
    """most: the most that the file may unpack to."""
    form = by_bytes | piped << 1 | held << 2 | asks_header << 3 | (0 if most is None else 0x40)
    save(reader, bytes([form]) + (b"" if most is None else struct.pack(">H", most)) + options(**how) + data)


def csv():
    mixed = (b"id,age,city,member,day,size\n1,30,Oslo,yes,2024-02-29,a\n2,,Bergen,no,2023-12-31,b\n"
             b"3,41.5,Oslo,yes,2024-01-01 12:30:59,a\n4,7e1,\"Troms\xc3\xb8, N\",no,,b\n5,2,NA,,2020-05-05,a\n")
    for kind in KINDS:
        table("csv", mixed, kind=kind)
    table("csv", mixed, describe=True)
    table("csv", mixed, by_bytes=True, target="city", drop=True, describe=True)
    table("csv", mixed, features="2,3-5", target="size", keep="id")
    table("csv", mixed, ignore="id", weights="age", target="6", drop=True)
    table("csv", mixed, categorical="age", max_categories=3, missing="NA,,-1")
    table("csv", mixed, target="age,member", kind="values", outputs="member,age")
    table("csv", mixed, classes="b,a", unseen_error=True, expected=5)
    table("csv", b"1;2,5;x\n3;4,25;y\n", decimal_comma=True, delimiter="semicolon", header="no")
    table("csv", b"a\tb\tc\n1\t2\t3\n4\t5\t6\n", kind="values", delimiter="tab", header="yes")
    table("csv", b"1,000;2\n3,000;4\n5,500;6\n", delimiter="auto", kind="values", describe=True)
    table("csv", b"\xef\xbb\xbf# note\r\nx,y\r\n1.5,0\r\n\r\n-2E-3,1\r\n", indices=2)
    table("csv", b"0,1,2,0\n3,4,5,1\n6,7,8,1\n", indices=3, expected=3, model_target="last")
    table("csv", b"x,y,y\n1,2,3\n", kind="auto")
    table("csv", b"\"a\"\"b\",c\n\"1\",\"2\n\n\"\n", asks=True, target="c", is_name=True)
    table("csv", b"a,b,c\n" + b"".join(b"%d,%d,%d\n" % (i, i * i % 7, i % 2) for i in range(90)), describe=True)
    table("csv", b"x,w,y\n1,0,a\n2,2,b\n3,1e300,a\n", weights="w", skip_weights=True)
    table("csv", b"1.5e308 nan inf -0 x\n" * 3, kind="none", header="no")
    table("csv", b"one-hot,two\n0,1\n1,0\n", kind="auto", target="1-2")
    # from here on: beyond what the seeds above reach
    one_hot = b"x,p,q\n1,0,1\n2,1,0\n3,0,1\n"
    table("csv", one_hot, kind="classes", target="p,q")
    table("csv", one_hot, kind="classes", target="p,q", classes="q,p")
    table("csv", one_hot, kind="classes", target="p,q", classes="r,p")
    table("csv", mixed, piped=True, held=True)
    table("csv", mixed, piped=True, most=20)
    table("csv", gzip.compress(mixed, mtime=0), piped=True, held=True, target="size")
    table("csv", gzip.compress(b"1,2,3\n" * 400, mtime=0), most=600)
    table("csv", mixed, held=True, weights="size", target="member", drop=True, keep="id", missing="NA,")
    table("csv", b"1,2,a\n3,4,b\n", held=True, header="no", weights="1", target="3", keep="2")
    table("csv", b"c,y\n" + b"".join(bytes([97 + i % 26, 97 + i // 26, 44, 48 + i % 2, 10]) for i in range(300)),
          held=True,
          categorical="c", max_categories=255)
    table("csv", b"\"a\"\"b\",\"c,d\",y\n1,2,0\n3,4,1\n", held=True, target="y", features="1-2")
    table("csv", b"a,b\n12 March 2024,1\n1 feb 2023,0\nJan 3 2022,1\n", held=True)
    table("csv", b"yes,2024-01-01,0\nno,2023-05-05,1\n,,0\n", held=True)
    table("csv", b"yes,2024-01-01,0\nno,2023-05-05,1\n", held=True, header="no", target="3")
    table("csv", b"a,b\n1.125,1\n2.250,0\n1000.125,1\n100,0\n", describe=True)
    # numbers that may mean no value, or thousands
    for mark in (b"-999", b"9999", b"-1"):
        rows = b"".join(b"%d.5,%d\n" % (i, i % 2) for i in range(1, 6)) + 2 * (mark + b",0\n")
        table("csv", b"a,y\n" + rows, describe=True)
        table("csv", rows, describe=True, missing="NA,x")
    table("csv", b"a;y\n1.125;0\n2.250;1\n3.500;0\n4.125;1\n", describe=True)
    table("csv", b"a,y\n" + b"1.167,0\n836,1\n2.250,0\n120,1\n4.125,0\n310,1\n" * 2, describe=True)
    table("csv", b"a;y\n" + b"1,167;0\n836;1\n2,250;0\n120;1\n" * 2, decimal_comma=True, describe=True)
    table("csv", b"a,y\n\"1,125\",0\n\"2,250\",1\n\"3,500\",0\n", describe=True)
    # by position, for a model: as wide as the features, too wide, the model's target as a feature
    for data in (b"1,2,3\n4,5,6\n", b"a,b,c\n1,2,3\n4,5,6\n"):
        for how in ({"target": "3", "expected": 3}, {"target": "3", "expected": 1}, {"expected": 2, "keep": "1"},
                    {"target": "2", "expected": 2, "model_target": "3"}, {"target": "1,2", "expected": 2},
                    {"target": "2", "expected": 2, "model_target": "1,3"}, {"target": "1,9", "expected": 2},
                    {"weights": "3", "expected": 3, "skip_weights": True}, {"features": "1", "target": "1"},
                    {"target": "3", "keep": "3", "expected": 3}, {"target": "1,2", "keep": "3", "expected": 3}):
            table("csv", data, kind="none" if "model_target" not in how else "values", **how)
            table("csv", data, kind="values", held=True, **how)
    # a first row that may be data of a model whose training file had no header
    for first in (b"yes,2024-01-01,Oslo,0", b"no,x,Oslo,1", b",,Rome,0", b"Rome,Rome,Rome,0"):
        table("csv", first + b"\nyes,2024-01-01,Oslo,0\nno,2023-05-05,Bergen,1\n", header="no", target="4", held=True,
              asks_header=True)
    for first in (b"yes,a", b"no,b", b"x,a", b",a", b",", b"2024-01-01,a", b"2024-01-01,Oslo", b"Oslo,b", b"Rome,a"):
        for second in (b"yes,a\nno,b\n", b"2024-01-01,a\n2023-05-05,b\n", b"Oslo,a\nRome,b\n", b"1,a\n2,b\n"):
            table("csv", first + b"\n" + second, header="no", held=True, asks_header=True)


def idx():
    def head(code, *shape):
        return bytes([0, 0, code, len(shape)]) + b"".join(struct.pack(">I", n) for n in shape)
    table("idx", head(8, 2, 2, 2) + bytes(range(8)), kind="none")
    table("idx", head(8, 3, 2) + bytes(range(6)), kind="classes", by_bytes=True)
    table("idx", head(9, 3, 2) + bytes(range(6)), kind="none")
    table("idx", head(11, 2, 1) + struct.pack(">2h", -3, 500), kind="none")
    table("idx", head(12, 2, 1) + struct.pack(">2i", -3, 500000), kind="none")
    table("idx", head(13, 2, 2) + struct.pack(">4f", 1, 2, 3, 4.5), kind="values")
    table("idx", head(14, 2, 2) + struct.pack(">4d", 1, 2, 3, 1e300), kind="values", describe=True)
    table("idx", gzip.compress(head(8, 2, 2) + bytes(4), mtime=0), kind="none")
    table("idx", head(8, 0xffffffff, 0xffffffff, 0xffffffff), kind="none")
    table("idx", head(14, 0x10000000, 8) + bytes(64), kind="none")
    table("idx", head(8, 3, 3) + bytes(range(9)), weights="2", target="3", keep="1", held=True, piped=True)
    table("idx", head(13, 2, 3) + struct.pack(">6f", 1, 2, 3, 4, 5, 6), kind="values", target="1,3", held=True)


def npy():
    def text(dtype, shape, order="False"):
        return f"{{'descr': '{dtype}', 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    values = struct.pack("<6d", 1, 2, 3, 4, 5, 6)
    cases = [("<f8", "(3, 2)", values, "False"), ("<f8", "(2, 3)", values, "True"),
             (">f4", "(2, 2)", struct.pack(">4f", 1, 2, 0.5, 1e-40), "False"), ("|u1", "(2, 2)", bytes(4), "False"),
             ("<i8", "(3,)", struct.pack("<3q", 1, -2, 2**53 + 1), "False"),
             ("|b1", "(4,)", bytes([0, 1, 1, 0]), "False"),
             ("<f8", "()", struct.pack("<d", 7), "False"), ("|i1", "(2, 1, 2)", bytes([255, 1, 2, 3]), "False"),
             ("<f2", "(2, 2)", bytes(8), "False"), ("<u4", "(1, 4)", bytes(16), "True"),
             ("<i2", "(2, 2)", bytes(8), "False"),
             ("<f8", "(99999999999, 99999999999)", b"", "False"), ("<f8", "(268435456, 8)", values, "False"),
             ("<U3", "(2,)", "abcdef".encode("utf-32-le"), "False")]
    for kind in ("none", "classes", "values"):
        for dtype, shape, data, order in cases[:4] if kind != "none" else cases:
            save("npy", b"\0" + options(kind=kind, describe=dtype == "<f8") + text(dtype, shape, order) + b"\n" + data)
    body = text("<f8", "(3, 2)")
    save("npy", b"\1\0" + options(kind="none") + b"\x93NUMPY\1\0" + struct.pack("<H", len(body) + 1) + body + b"\n"
         + values)
    save("npy", b"\1\1" + options() + b"\x93NUMPY\2\0" + struct.pack("<I", len(body) + 1) + body + b"\n" + values)
    save("npy", b"\1\0" + options() + b"\x93NUMPY\2\0" + struct.pack("<I", 0xfffffff0) + body)


    # columns that are chosen, weights, several targets, all widths of integers
    for dtype, code in (("<u8", "<12Q"), (">i8", ">12q"), ("<i4", "<12i"), ("<u2", "<12H"), ("<f8", "<12d")):
        body = text(dtype, "(3, 4)") + b"\n" + struct.pack(code, *range(12))
        save("npy", b"\0" + options(target="4") + body)
        save("npy", b"\0" + options(kind="values", target="2,4", weights="1") + body)
    body = text("<f8", "(3, 4)") + b"\n" + struct.pack("<12d", *(i % 5 for i in range(12)))
    whole = b"\x93NUMPY\1\0" + struct.pack("<H", len(text("<f8", "(3, 4)")) + 1) + body
    for how in ({"weights": "9"}, {"weights": "4", "target": "4"}, {"features": "1-2", "ignore": "3", "keep": "1"},
                {"target": "1", "keep": "2,3", "weights": "3"}, {"kind": "values", "target": "1,4"}, {"target": "7"}):
        save("npy", b"\0" + options(**how) + body)
        save("npy", b"\1\6" + options(**how) + whole)
        save("npy", b"\0" + options(expected=3, model_target="4", **how) + body)
    # columns that do not fit a model's, or what is asked for
    for how in ({"expected": 2}, {"target": "1", "expected": 3, "model_target": "4"}, {"target": "1,9", "expected": 3},
                {"target": "1,2", "expected": 3}, {"target": "4", "expected": 4}, {"weights": "x"}, {"weights": "1,2"},
                {"weights": "4", "expected": 4, "skip_weights": True}, {"weights": "9", "skip_weights": True},
                {"features": "1", "target": "1"}, {"categorical": "1"}, {"target": "y", "is_name": True},
                {"target": "1,2", "model_target": "3,4", "expected": 2}):
        for kind in ("none", "classes", "values"):
            save("npy", b"\0" + options(kind=kind, **how) + body)
    cube = text("<f8", "(2, 2, 3)") + b"\n" + struct.pack("<12d", *range(12))
    for how in ({}, {"weights": "1"}, {"weights": "1", "skip_weights": True}, {"features": "1"}, {"target": "1"}):
        for kind in ("none", "classes"):
            save("npy", b"\0" + options(kind=kind, **how) + cube)
    for shape in ("(12, 1)", "(12,)"):
        one = text("<f8", shape) + b"\n" + struct.pack("<12d", *([1, 2, 3, 4.5, -999, -999] * 2))
        for kind in ("none", "classes"):
            save("npy", b"\0" + options(kind=kind, describe=True) + one)
    numbers = [float("nan") if i in (0, 5) else i - 6 for i in range(12)]
    holes = text("<f8", "(3, 4)") + b"\n" + struct.pack("<12d", *numbers)
    for how in ({"target": "1"}, {"target": "1,2"}, {"weights": "1", "target": "4"}, {"weights": "3"},
                {"target": "4", "ignore": "1-3"}):
        for drop in (False, True):
            save("npy", b"\0" + options(kind="values", drop=drop, **how) + holes)


def svmlight():
    table("svmlight", b"1 1:0.5 3:2\n-1 2:1e-3 # note\n1 qid:3 1:1\n")
    table("svmlight", b"0 0:1 5:2\n1\n2 3:4\n", by_bytes=True, base=1)
    table("svmlight", b"1.5 1:1\n2.5 2:-1\n", kind="values")
    table("svmlight", b"a,b 1:1\nb 2:1\n 3:1\n", outputs="a,b", kind="values", svmlight=5)
    table("svmlight", b"1,2 1:1\n2 2:1\n", kind="auto", describe=True)
    table("svmlight", b"1 4294967295:1\n1 1:1\n", kind="none")
    table("svmlight", b"x 1:1 2:2\ny 1:3\n", classes="x,y", expected=3, model_base=2)
    table("svmlight", b"1 1:nan\n", kind="none")
    table("svmlight", b"1 3:1 2:1\n")
    for base in (b"one", b"zero"):
        table("svmlight", b"# Column indices are " + base + b"-based\n1 1:1\n0 2:3\n", held=True, piped=True)
        table("svmlight", b"# Column indices are " + base + b"-based\n1 1:1\n0 0:3\n", base=2, model_base=1)
        table("svmlight", b"# Column indices are " + base + b"-based\n1 1:1\n0 0:3\n", model_base=2)
    table("svmlight", b"1 0:1\n0 2:3\n", base=2, model_base=2)


def labels():
    def put(form, data, rows=3, **how):
        save("labels", bytes([rows - 1 + 8 * ["csv", "npy", "idx", "svm", "auto"].index(form)]) + options(**how) + data)
    put("csv", b"a\nb\na\n")
    put("csv", b"name\na\nb\na\n", header="yes", classes="b,a")
    put("csv", b"a,b\n1,0\n0,1\n1,0\n", kind="auto")
    put("csv", b"1.5\n2\n-3\n", kind="values")
    put("csv", b"yes,no\nno,yes\ntrue,false\n", kind="values")
    put("csv", b"a\n\nNA\n", drop=True)
    put("idx", bytes([0, 0, 8, 1, 0, 0, 0, 3, 0, 1, 2]))
    body = b"{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }\n"
    put("npy", b"\x93NUMPY\1\0" + struct.pack("<H", len(body)) + body + struct.pack("<3i", 0, 1, 2), indices=4)
    put("svm", b"1 1:1\n2 2:2\n1\n")
    put("idx", bytes([0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 2]))
    put("auto", gzip.compress(b"0\n1\n0\n", mtime=0))
    put("auto", b"0\n1\n", rows=3)
    for kind in ("classes", "values", "auto"):
        save("labels", bytes([0xa2]) + options(kind=kind) + b"name\n1\n2\n3\n")
        save("labels", bytes([0xa2]) + options(kind=kind, header="yes") + b"a,b,c\n1,0,0\n0,1,0\n0,,1\n")
        save("labels", bytes([0xa2]) + options(kind=kind, classes="c,b,x") + b"a,b,c\n1,0,0\n0,1,0\n0,0,1\n")
        save("labels", bytes([0x42]) + options(kind=kind) + b"0\n\n1\n")
        save("labels", bytes([0x02]) + options(kind=kind, indices=2) + b"0\n\n1\n")
        save("labels", bytes([0xa2]) + options(kind=kind, classes="c,b,a") + b"a,b,c\n1,0,0\n0,1,0\n0,0,1\n")


def packed():
    for form in (0, 1, 2, 0x13, 0x2a, 0xf7):
        save("gzip", bytes([form, 0, 9]) + b"a,b,c\n1,2,0\n3,4,1\n" * 3)
    save("gzip", bytes([1, 0, 5]) + gzip.compress(b"a,b\n1,2\n", mtime=0) + gzip.compress(b"3,4\n", 1, mtime=0)
         + bytes(5))
    save("gzip", bytes([0, 0, 5]) + gzip.compress(b"a,b\n1,2\n", mtime=0) + b"rest")
    save("gzip", bytes([0, 0, 5]) + gzip.compress(b"1,2,3\n" * 2000, mtime=0))
    save("gzip", bytes([0, 0, 5]) + b"\x1f\x8b\x08\x1e\0\0\0\0\0\3\2\0ab" + b"name\0comment\0" + bytes(12))


def numbers():
    for text in ("0", "-0", "1.5", "+.5e-3", "123456789012345678901234567890", "1e400", "4.9e-324",
                 "2.2250738585072011e-308", "nan", "-Infinity", "9223372036854775807", "-9223372036854775808",
                 "9223372036854775808", "0x10",
                 "1e", "1e+", "9007199254740993", "8.5e99999999999999999999", "0." + "0" * 400 + "1e400", "1" * 900,
                 "12345678.87654321x"):
        save("number", text.encode())


def changes(*steps):
    """What safetensors.c reads: a good file, changed."""
    return b"\1" + b"".join(steps)


def text(i, value):
    return bytes([0, i]) + value.encode() + b"\n"


def models():
    for kind in range(4):
        save("model", bytes([kind]) + changes())
        save("model", bytes([kind | 0x30]) + changes(bytes([4, 1, 2, 0, 0, 0]), bytes([15])))  # F16, places that fit
        save("model", bytes([kind]) + changes(b"\1\3", b"\2clmlp.classes\n[\"x\",\"y\"]\n"))
        save("model", bytes([kind]) + changes(b"\3\5\0\1\"1\n", bytes([5, 1, 0, 0, 0, 3]), bytes([15])))
    columns = ('{"version":1,"columns":[{"name":"age","kind":"numeric","fill":37.5,"missing":true},{"name":"city",'
               '"kind":"categorical","levels":["Bergen","Oslo"],"missing":true},{"name":"day","kind":"date",'
               '"first":"1900-02-28","hour":false,"fill":[1900,2.5,3,59,1],"missing":true},'
               '{"name":"m","kind":"boolean","fill":1,"missing":false}]}')
    save("model", b"\1" + changes(b"\2clmlp.columns\n" + columns.encode() + b"\n"))
    save("model", b"\1" + changes(b"\2clmlp.format_version\n4\n", b"\2clmlp.ensemble\n3\n"))
    save("model", b"\0" + changes(bytes([11, 0, 3]) + struct.pack("<d", float("nan"))))
    save("model", b"\0" + changes(bytes([10, 0]) + b"0.weight\n"))
    for kind in (0x40, 0x41):  # names that are not UTF-8; from svmlight
        save("model", bytes([kind]) + changes())
        for value in ("clmlp.classes\n[\"\u20ac\",\"b\"]", "clmlp.encoding\nlatin-2", "clmlp.index_base\n0",
                      "clmlp.index_base\n2", "clmlp.initialisation\nzero"):
            save("model", bytes([kind]) + changes(b"\2" + value.encode() + b"\n"))
    for value in ('{"version":9,"columns":[]}',
                  '{"version":1,"columns":[{"name":"a","kind":"numeric"},{"name":"a","kind":"numeric"}]}',
                  '{"version":1,"columns":[{"name":"a","kind":"other"}]}',
                  '{"version":1,"missing_values":["NA","-"],"columns":[{"name":"age","kind":"numeric"}]}',
                  '{"version":1,"missing_values":[1],"columns":[]}'):
        save("model", b"\0" + changes(b"\2clmlp.columns\n" + value.encode() + b"\n"))
    for value in ("clmlp.classes\n[\"\",\"b\"]", "clmlp.classes\n[\"b\",\"b\"]", "clmlp.classes\n[1,2]",
                  "clmlp.input.offset\n[1,\"x\"]", "clmlp.input.scale\n[0,1]"):
        save("model", b"\0" + changes(b"\2" + value.encode() + b"\n"))
    column = '{"name":"%s","kind":"numeric","fill":1,"missing":%s}'
    for gaps in ("true", "false"):
        for count in (2, 3):
            twice = '{"version":1,"columns":[%s]}' % ",".join([column % ("a", gaps)] * count)
            save("model", b"\0" + changes(b"\2clmlp.columns\n" + twice.encode() + b"\n"))
        for levels in ('"K","Z"', '"\\u20ac","Z"'):
            outside = ('{"version":1,"columns":[%s,{"name":"o","kind":"categorical","levels":[%s],"missing":false}]}'
                       % (column % ("\\u20ac" if "K" in levels else "g", gaps), levels))
            save("model", b"\x40" + changes(b"\2clmlp.columns\n" + outside.encode() + b"\n"))
    for i in range(7):  # a member that is one too many; a list of more numbers than theta has
        save("model", b"\2" + changes(bytes([10, i]) + b"member.7.0.weight\n"))
    save("model", b"\1" + changes(b"\2clmlp.input.offset\n[" + b"1," * 900 + b"1]\n"))
    for raw in (b'{"__metadata__":[]}', b'{"__metadata__":{"a":1}}', b'{"t":1}',
                b'{"t":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}}'):
        save("model", b"\x30\0" + struct.pack("<Q", len(raw)) + raw)
    header = b'{"0.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"__metadata__":{"format":"pt"}}'
    save("model", b"\x30\0" + struct.pack("<Q", len(header)) + header + bytes(8))
    save("model", b"\x30\0" + struct.pack("<Q", 1 << 40) + header)
    huge = b'{"0.weight":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]}}'
    save("model", b"\x30\0" + struct.pack("<Q", len(huge)) + huge)


def field(number, value):
    """A field of a protobuf message: a number, a float, or bytes."""
    def varint(n):
        out = b""
        while n > 127:
            out, n = out + bytes([n & 127 | 128]), n >> 7
        return out + bytes([n])
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def onnx():
    def tensor(name, dims, numbers, how="raw", kind=1):
        packed = struct.pack(f"<{len(numbers)}{'f' if kind == 1 else 'd' if kind == 11 else 'q'}", *numbers)
        out = b"".join(field(1, d) for d in dims) + field(2, kind) + field(8, name)
        if how == "beside":
            place = field(1, "location") + field(2, "beside"), field(1, "length") + field(2, str(len(packed)))
            return field(5, out + b"".join(field(13, part) for part in place) + field(14, 1))
        return field(5, out + field(9 if how == "raw" else 4 if kind == 1 else 10 if kind == 11 else 7, packed))

    def node(op, inputs, output, *attributes, domain=""):
        return field(1, b"".join(field(1, i) for i in inputs) + field(2, output) + field(3, op) + field(4, op)
                     + b"".join(field(5, a) for a in attributes) + (field(7, domain) if domain else b""))

    def attribute(name, number, *values):
        return field(1, name) + b"".join(field(number, v) for v in values)

    def value(number, name, rank=2):
        shape = field(2, b"".join(field(1, field(2, "N")) for _ in range(rank)))
        return field(number, field(1, name) + field(2, field(1, field(1, 1) + shape)))

    def model(*parts, beside=b"", producer="pytorch"):
        graph = field(7, b"".join(parts) + field(2, "g"))
        data = field(1, 7) + field(2, producer) + graph + field(8, field(1, "") + field(2, 13))
        return bytes([len(beside)]) + data + beside

    w, b = tensor("w", [2, 3], [1, 2, 3, 4, 5, 6]), tensor("b", [3], [1, -1, 0], "typed")
    v = tensor("v", [3, 1], [1, 2, 3])
    ends = value(11, "x"), value(12, "y")
    first = node("MatMul", "xw", "p") + node("Add", "pb", "z")
    numbers = [tensor(n, [], [f]) for n, f in (("half", .5), ("one", 1.0), ("root", 2**.5), ("twenty", 20.0))]
    forms = [node(op, "z", "a") for op in ("Relu", "Sigmoid", "Tanh", "Softplus", "Mish", "Selu", "Elu", "LeakyRelu",
                                            "Gelu",
                                           "Identity")]
    forms += [node("Sigmoid", "z", "s") + node("Mul", "zs", "a"),
              node("Softplus", "z", "s") + node("Tanh", "s", "t") + node("Mul", "tz", "a"),
              node("Div", ["z", "root"], "r") + node("Erf", "r", "e") + node("Add", ["e", "one"], "s")
              + node("Mul", "zs", "m") + node("Mul", ["m", "half"], "a"),
              node("Softplus", "z", "s") + node("Greater", ["z", "twenty"], "g") + node("Where", "gzs", "a")]
    for form in forms:
        save("onnx", model(first, form, node("MatMul", "av", "y"), w, b, v, *numbers, *ends))
    gemm = node("Gemm", "xwb", "z", attribute("transB", 3, 0), attribute("alpha", 2, 1.0))
    classes = [field(5, field(1, 3) + field(2, 8) + b"".join(field(6, c) for c in "abc") + field(8, "names"))]
    tail = node("Softmax", "z", "h", attribute("axis", 3, 1)) + node("ArgMax", "h", "i", attribute("axis", 3, 1))
    pick = node("ArrayFeatureExtractor", ["names", "i"], "l", domain="ai.onnx.ml") + node("Identity", "h", "y")
    zipmap = node("ZipMap", "h", "y", attribute("classlabels_strings", 9, "a", "b", "c"), domain="ai.onnx.ml")
    save("onnx", model(gemm, tail, pick, w, b, *classes, *ends, value(12, "l", 1)))
    save("onnx", model(gemm, tail, zipmap, w, b, *ends))
    one = [tensor("u", [2, 1], [1, 2], kind=11), tensor("one", [], [1.0])]
    both = node("MatMul", "xu", "z") + node("Sigmoid", "z", "h") + node("Sub", ["one", "h"], "n")
    save("onnx", model(both, node("Concat", "nh", "y", attribute("axis", 3, 1)), *one, *ends))
    scaler = node("Scaler", "x", "c", attribute("offset", 7, 1.0, 2.0), attribute("scale", 7, 0.5, 4.0),
                  domain="ai.onnx.ml")
    save("onnx", model(scaler, node("Gemm", "cwb", "y"), w, b, *ends))
    save("onnx", model(node("Sub", "xo", "c"), node("Div", "cd", "e"), node("Gemm", "ewb", "y"), w, b,
                       tensor("o", [1, 2], [1, 2]), tensor("d", [], [255.0]), *ends))
    shape = tensor("shape", [2], [-1, 2], kind=7)
    save("onnx", model(node("Reshape", ["x", "shape"], "f"), node("Gemm", "fwb", "y"), w, b, shape,
                       value(11, "x", 3), ends[1]))
    save("onnx", model(node("Flatten", "x", "f"), node("Gemm", "fwb", "y"), w, b, value(11, "x", 4), ends[1]))
    beside = struct.pack("<6f", 1, 2, 3, 4, 5, 6)
    save("onnx", model(node("MatMul", "xw", "y"), tensor("w", [2, 3], [0] * 6, "beside"), *ends, beside=beside))
    save("onnx", model(node("MatMul", "xw", "y"), tensor("w", [2, 3], [0] * 6, "beside"), *ends, beside=beside[:9]))
    huge = field(5, field(1, 1 << 40) + field(1, 1 << 40) + field(2, 1) + field(8, "w") + field(9, b""))
    save("onnx", model(node("MatMul", "xw", "y"), huge, *ends))
    save("onnx", model(node("MatMul", "xw", "y"), w, *ends, producer="clmlp"))
    save("onnx", b"\0" + b"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" + bytes(20))


def checkpoints():
    for kind in range(4):
        save("checkpoint", bytes([kind]) + changes())
        save("checkpoint", bytes([kind | 0x10]) + changes(bytes([11, 0, 3]) + struct.pack("<d", 0.5)))
        save("checkpoint", bytes([kind | 0x10]) + changes(b"\2clmlp.checkpoint.epoch\n0\n",
                                                          b"\2clmlp.checkpoint.step\n1\n",
                                                          b"\2clmlp.checkpoint.steps_of_epoch\n1\n"))
        save("checkpoint", bytes([kind | 0x10]) + changes(b"\2clmlp.checkpoint.best_epoch\n0\n"))
        save("checkpoint", bytes([kind]) + changes(b"\1\7"))
        for bits in (0x30, 0x34, 0x50, 0x90):  # another run, fewer epochs, the other precision
            save("checkpoint", bytes([kind | bits]) + changes())
        save("checkpoint", bytes([kind | 0x10]) + changes(b"\2clmlp.checkpoint.members\n2\n"))
        save("checkpoint", bytes([kind | 0x10]) + changes(b"\2clmlp.checkpoint.precision\nf64\n"))


def bundles():
    for kind in range(3):
        save("bundle", bytes([kind]) + changes())
        save("bundle", bytes([kind]) + changes(bytes([5, 1, 0, 0, 0, 2]), bytes([15])))
        save("bundle", bytes([kind]) + changes(b"\2clmlp.replay.step_rate\n0.05\n", b"\2clmlp.replay.dropout\n0.5\n"))
        save("bundle", bytes([kind]) + changes(bytes([11, 0, 3]) + struct.pack("<d", float("nan"))))
        save("bundle", bytes([kind]) + changes(b"\2clmlp.activation\nstep\n"))
        save("bundle", bytes([kind]) + changes(b"\2clmlp.replay.dropout\n1,0.5,x\n"))
    for value in (b"", b"\2clmlp.replay.minimiser\nbfgs\n", b"\2clmlp.replay.minimiser\nlbfgs\n",
                  b"\2clmlp.replay.length\nnan\n"):
        save("bundle", b"\x80" + changes(value) if value else b"\x80" + changes())


def dumps():
    save("dump", b"\1")
    for what in range(8):
        save("dump", bytes([1, what, 3 * what, what, 0x21, 1, 2, 3, 4, 5, 6]))
    save("dump", bytes([0, 1, 0, 0, 9, 4, 1, 1, 0, 9, 5]))
    for bits in (0x10, 0x20, 0x40, 0x80):  # what is asked for is not what the folder has
        save("dump", bytes([1 | bits]))
    for name in ("0001-1-w", "0002-1-w", "0000-0-minimiser", "0001-0-rate", "0000-0-rate"):
        body = b"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }\n"
        for values in ((-1, 1), (1, 1)):
            save("dump", b"\1\x08" + name.encode() + b".device.npy\n\x93NUMPY\1\0" + struct.pack("<H", len(body)) +
                 body + struct.pack("<2d", *values))
    for name, shape in (("0001-1-x", "(1099511627776, 2)"), ("0000-0-dropout", "(8589934592, 2147483649)"),
                        ("0002-1-x", "(100000000, 2)"), ("0000-0-layer_rates", "(0, 5)")):
        body = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
        save("dump", b"\1\x08" + name.encode() + b".device.npy\n\x93NUMPY\1\0" + struct.pack("<H", len(body)) + body
             + bytes(32))


    # damaged weights, rates and settings, by file
    def named(first, name, values, shape=None, more=b""):
        shape = shape or f"({len(values)}, 1)"
        body = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
        save("dump", bytes([first]) + more + b"\x08" + name.encode() + b"\n\x93NUMPY\1\0" + struct.pack("<H", len(body))
             + body + struct.pack(f"<{len(values)}d", *values))
    for name in ("0001-3-w", "0002-3-w"):
        for values in ((-1, 1), (2, 0), (1, 1, 1)):
            named(1, name + ".device.npy", values)
        save("dump", b"\1\x08" + name.encode() + b".device.npy\n")
    settings = ("minimiser schedule optimizer momentum beta1 beta2 epsilon weight_decay bias_rate clip_norm "
                "input_scale_rate rate decay").split()
    for name in settings:
        for value in (-1, 1, 0.1, 1e300, 7):
            named(1, f"0000-0-{name}.device.npy", [value])
        named(1, f"0000-0-{name}.npy", [0.5])
        save("dump", f"\1\x080000-0-{name}.device.npy\n".encode())
    for value in (-0.5, 0.25):
        named(1, "0001-0-rate.npy", [value])
        named(0x21, "0000-0-clip_norm.device.npy", [2 * abs(value)])
        named(0x81, "0000-0-input_scale_rate.npy", [4 * abs(value)])
    named(1, "0000-0-layer_rates.npy", [0.5, 2])
    named(1, "0000-0-dropout.npy", [0, 0.5])
    named(1, "0000-0-dropout.npy", [0, 0])
    named(1, "0001-1-x.npy", [0.1, 1, 1, 0], "(2, 2)")
    named(0x41, "0000-0-optimizer.device.npy", [4])
    scheduled = b"\1\x0c\0\x09\1"  # 0000-0-schedule is 1: each step says its rate
    save("dump", b"\1" + scheduled)
    for value in (-0.5, 0.5):
        named(0, "0001-0-rate.npy", [value], more=scheduled)
    save("dump", b"\1\x080001-1-x.device.npy\n")
    save("dump", b"\1\x080001-3-y.device.npy\n")


def caches():
    save("cache", b"\0\7\1key\npayload")
    save("cache", b"\0\3\0\n")
    save("cache", b"\0\100\2key\nclmlp-cache 1 0000000000000003 0000000000000001 0000000000000000\nkey\nx")


def programs():
    """What targets/program.c reads: the command, its flags, which good file, changes of it, a table or a text."""
    table = b"age,city,member,day,n,y\n1,Oslo,no,2021-01-01,2,a\n,Rome,,,=1,b\n"

    def put(command, flags, kind, first, rest=b"", name=None):
        names = ["inspect", "-", "resume", "log", "predict", "evaluate", "init", "replay"]
        data = bytes([names.index(command), flags, kind, min(len(first), 255)]) + first + rest
        if name is None:
            save("program", data)
        else:
            (CORPUS / "program" / name).write_bytes(data)
    for kind in range(3):
        for flags in (4, 5, 8, 11, 16, 17):
            put("inspect", flags, kind, changes())
        for command, flags in (("resume", 0), ("resume", 5), ("evaluate", 1), ("replay", 0), ("replay", 1)):
            put(command, flags, kind, changes())
        for command in ("predict", "evaluate", "init"):
            put(command, 0, kind, changes(), table)
    put("inspect", 4, 0, changes(b"\2clmlp.checkpoint.note\n{\"a\":\"\x1b[31m\"}\n"))
    put("inspect", 8, 0, changes(b"\2clmlp.version\n\x1b[2J\n"))
    for flags, lines in ((10, b'{"epoch":3}\n'), (10, b'{"epoch":9}\n'), (10, b"{\"ep"), (8, b"other\n"), (10, b"")):
        put("resume", flags, 1, changes(), lines)
        put("resume", flags | 4, 1, changes(), lines)
    for bits in (32, 64, 32 | 64):
        for kind in range(3):
            put("resume", bits, kind, changes())
    for bits in (4, 8, 16, 32, 2 | 16):
        for command in ("predict", "evaluate", "init"):
            put(command, bits, bits % 3, changes(), table)
    note = (b'{"batch":"2","epochs":"2","hidden":"2","ensemble":"2","checkpoint":"base",'
            b'"finished":{"epochs":1e300,"end":7}}')
    put("resume", 16, 0, changes(b"\2clmlp.checkpoint.note\n" + note + b"\n"), name="finished-members-that-cannot-be")
    for more in (b'"labels":"l"', b'"validation":"v.csv"', b'"model":"../m"', b'"test":"t"', b'"no-such":"1"',
                 b'"hidden":[51]', b'"rate":"x"', b'"hidden":1', b'"decided":{"task":"regress"}'):
        put("resume", 16, 1, changes(b"\2clmlp.checkpoint.note\n{" + more + b"}\n"))
    # the whole note of a good run, with something else in it
    whole = {"target": "n", "missing-targets": "drop", "ignore": "city,day,y", "target-scale": "standard",
             "hidden": "2", "optimizer": "adam", "epochs": "2", "device": "cpu", "model": "other",
             "history": "history", "checkpoint": "base", "rate": "0.003", "batch": "2",
             "decided": {"task": "regress", "output": "linear", "scale": "standard", "target-scale": "standard",
                         "activation": "sigmoid"}}
    others = [{"history": "../h"}, {"checkpoint": "/c"}, {"checkpoint": "table"}, {"labels": "l"}, {"weights": "age"},
              {"validation": "0.5"}, {"validation": "v.csv"}, {"layer-rates": "f"}, {"test": "t"}, {"report": "r.html"},
              {"tensorboard": "tb"}, {"epochs": "3"}, {"seed": "x"}, {"ensemble": "2"}, {"self-check": "1"},
              {"decided": {"task": "classify"}}, {"decided": {"output": "none"}}, {"target": None}, {"rate": None}]
    for i, other in enumerate(others):
        note = {key: value for key, value in (whole | other).items() if value is not None}
        for flags in (16, 16 | 8 | 1, 16 | 32, 16 | 64)[: 4 if i % 3 == 0 else 2]:
            put("resume", flags, 1, changes(b"\2clmlp.checkpoint.note\n" + json.dumps(note).encode() + b"\n"))
    trial = (b'{"trial":%d,"round":1,"epochs_asked":1,"status":%d,"metric":"%s","value":0.5,"cost":1,"tie":1,'
             b'"epochs":%s,"seconds":1,"device":"d","message":"m"}\n')
    good = [trial % (i, 0, b"accuracy", b"1") for i in (1, 2)]
    put("log", 2, 0, b"", b"".join(good))
    put("log", 3, 0, b"", b"".join(good))
    put("log", 2, 0, b"", trial % (1, 4, b"none", b"1") + trial % (2, 1, b"", b"0") + b'{"trial":2,')
    put("log", 2, 0, b"", trial % (1, 2, b"", b"0"))
    put("log", 2, 0, b"", trial % (1, 0, b"accuracy", b"1e300"), name="log-of-impossible-epochs")
    for lines in (b"x\n", b"{}\n", b'{"search":"of something else"}\n', b"{"):
        put("log", 0, 0, b"", lines)
    for flags, data in ((0, b"a,b\n1,2\n3,x\n"), (3, b"a,b\n1,2\n3,4\n"), (1, b"1 1:2 3:4\n0 2:1\n")):
        put("inspect", flags, 0, data)
    for tested in (b"a,b\n1,x\n3,y\n", b"a,b\n1,z\n,y\n", b"b,a\nx,q\n", b"a,b,c\n1,x,2\n"):
        put("inspect", 33, 0, b"a,b\n1,x\n3,y\n", tested)
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 5), }\n"
    matrix = b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header
    # what inspect finds between training and test data
    pairs = [(b"c,n,y\na,1,p\nb,2,q\na,3,p\n", b"c,n,y\n" + b"".join(b"k%d,%d,p\n" % (i, i) for i in range(8))),
             (b"a,b,c,d,e,f,g,y\n" + b"1,2,3,4,5,6,7,p\n2,2,3,4,5,6,7,q\n", b"a,y\n1,p\n"),
             (b"a,b,y\n1,2,p\n3,4,q\n", b"a,y\n1,p\n"), (b"a,y\n1,p\n2,q\n", b"a\n1\n3\n"),
             (b"1,2,0\n3,4,1\n", b"1,0\n2,1\n"), (b"a,y\n1,x\n2,z\n3,x\n", b"a,y\nfoo,x\nbar,z\n"),
             (b"a,y\nyes,x\nno,z\n", b"a,y\n2,x\n3,z\n"), (b"a,y\n2024-01-01,x\n2023-02-03,z\n", b"a,y\n5,x\n6,z\n"),
             (b"a,b,y\n1,2,x\n3,4,z\n", b"a,b,y\n1,2,x\n3,4,x\n5,6,z\n"), (b"1 1:2 3:4\n0 2:1\n", b"1 5:1\n0 1:2\n"),
             (b"1 1:2 3:4\n0 2:1\n", b"1 1:2 3:4\n2 2:1\n"), (b"1 1:2 3:4\n0 2:1\n", b"2,0,4,1\n0,1,0,0\n"),
             (b"2,0,4,1\n0,1,0,0\n", b"1 1:2 3:4\n0 2:1\n"), (b"2,0,4,1\n0,1,0,0\n", b"1 1:2 4:4\n0 2:1\n")]
    for trained, tested in pairs:
        for flags in (32, 33):
            put("inspect", flags, 0, trained, tested)
    for mark in (b"-999", b"9999"):
        marked = b"a,y\n" + b"".join(b"%d.5,%d\n" % (i, i % 2) for i in range(1, 6)) + 2 * (mark + b",0\n")
        put("inspect", 1, 0, marked)
    good = b"age,city,member,day,n,y\n30,Oslo,yes,2024-02-29,1.5,a\n7,Oslo,no,2020-01-01,4,b\n=1,+A,,,-2,b\n"
    for kind in range(3):
        for flags in (0, 1, 4, 8, 128, 129):
            put("evaluate", flags, kind, changes())
            put("evaluate", flags, kind, changes(), good.replace(b"=1", b""))
            for more in (0, 1, 6, 7):
                put("predict", flags, kind + 3 * more, changes(), good.replace(b"=1", b""))
        put("predict", 0, kind + 3, changes())
    one = b"age,city,member,day,n,y\n1,Oslo,no,2021-01-01,2,a\n"  # of which some scores are not defined
    for kind in range(3):
        for flags in (0, 1):
            put("evaluate", flags, kind, changes(), one)
    put("evaluate", 0, 0, changes(b"\2clmlp.classes\n[\"\x1b[2J\",\"\u202e\"]\n"))
    put("predict", 0, 3, changes(b"\2clmlp.classes\n[\"=a\",\"@\"]\n"))
    # data by position, and other words
    rows = {n: header.replace(b"(2, 5)", b"(2, %d)" % n) for n in (1, 2, 3, 4, 5)}
    for command in ("predict", "evaluate", "init"):
        for more in range(10):
            for n in (2, 3, 4):
                data = b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + rows[n]
                cells = struct.pack(f"<{2 * n}d", *(i % 3 for i in range(2 * n)))
                put(command, 0, 1 + 3 * more, changes(), data + cells)
            put(command, 2, 1 + 3 * more, changes(), b"30,yes,2\n7,no,1\n")
            put(command, 0, 3 * more, changes(), table)
    for command in ("predict", "evaluate"):
        for kind in range(3):
            put(command, 0, kind, changes(), matrix + struct.pack("<10d", 30, 1, 0, 5, 1, 2, 0, 1, float("nan"), 1))
        for flags, rows in ((2, b"30,yes\n7,no\n"), (0, b"0 1:30 2:1\n0 1:2\n"), (64, table), (128, table), (4, table)):
            put(command, flags, 1, changes(), rows)
        for values in ((30, 1, 3, 0), (30, 2, 3, 0), (float("nan"), 0, 1e300, 1)):
            put(command, 0, 1, changes(), matrix.replace(b"(2, 5)", b"(2, 2)") + struct.pack("<4d", *values))


def reports():
    """What targets/report.c reads: a form, then what makes a text, changes of a model, or a file as it is."""
    def put(form, data):
        save("report", bytes([form]) + data)

    def members(*pairs):
        keys = re.findall(r'"(\w+)"', re.search(r"keys\[\] = \{(.*?)\};", REPORT, re.S).group(1))
        return b"".join(bytes([keys.index(key)]) + value for key, value in pairs)

    def number(i):
        return bytes([i << 4])

    def words(value):
        return b"\3" + value.encode() + b"\n"

    tensor = [("kernel", words("cblas_sgemm")), ("elements", number(3)), ("failed", number(0)),
              ("max_of_bound", number(5)), ("max_ulp", number(2))]
    kernel = [("kernel", words("<a&b>")), ("ms", number(2)), ("percent_of_step", number(13)), ("gflops", number(5)),
              ("percent_of_peak", number(1)), ("gbytes_per_second", number(1)), ("median", number(2))]
    for form in (0, 16):  # histories
        put(form, b"".join(b"\3" + members(("accuracy", number(5)), ("rate", number(12)), ("seconds", number(i)),
                                           ("layer", number(1))) for i in range(4)))
        put(form, b"\0" + members(("cost", number(8))) + b"\0" + members(("cost", number(7))))
    for epochs in ((1, 2, 13), (1, 13, 2), (7, 8)):
        put(32, b"".join(number(i) + b"\1" + members(("accuracy", number(5)), ("rate", number(12))) for i in epochs))
    put(1, b"\3" + (number(2) + b"\4" + members(*tensor)) * 4)
    put(1, b"\0" + number(1) + b"\6" + members(("max_of_bound", number(8)), ("step", number(7)), ("failed", number(2)),
                                              ("first_failure", b"\x16\1")) + members(("max_of_bound", number(5))))
    put(1, b"\0" + number(1) + b"\0" + members(("steps", b"\x27" + 2 * number(1)), ("words", words("\u202e"))))
    measured = members(("device", words("cpu")), ("milliseconds", number(5)))
    put(1, b"\x1f" + (number(1) + b"\0" + members(("layer", number(2)))) * 2 + b"\xff\xff")
    put(1, b"\3" + (number(2) + b"\4" + members(*tensor)) * 4 + members(("max_of_bound", number(5)),
                                                                      ("batch", b"\x27" + number(1) + number(2))))
    for which in range(4):
        rows = b"".join(number(n) + b"\1" + measured + number(n) + b"\2" + members(
            ("device", words("<opencl>")), ("milliseconds", number(3)), ("width", number(2))) for n in (2, 3, 13))
        put(2, bytes([which, 5]) + rows)
        put(2, bytes([which, 2]) + (number(2) + bytes([6]) + members(*kernel)) * 2
            + members(("milliseconds", b"\x16\0" + members(("median", number(6)))), ("peak_gflops", number(13))))
    for kind in range(3):
        put(3 + kind, changes())
        put(3 + kind, changes(b"\2clmlp.classes\n[\"<b>\",\"\x1b\"]\n"))
        put(3 + kind, changes(bytes([11, 0, 3]) + struct.pack("<d", 1e308)))
    line = (b'{"epoch":%d,"cost":%s,"accuracy":0.5,"validation":{"cost":0.7,"accuracy":0.25,"macro_f1":0.4},'
            b'"test":{"cost":1},"rate":0.1,"seconds":0.01}\n')
    put(7, b"".join(line % (i, b"0.%d" % (9 - i)) for i in range(1, 6)))
    put(7, line % (1, b"1e999") + line % (2, b"null") + b'{"epoch":3,')
    put(7, line % (1e9, b"-1") + b"other\n")
    put(7, b'{"verdict":"fail","mode":"lock-step","words":"\xff","steps":2,"tensors":[{"tensor":"z","layer":2,'
           b'"step":1,"kernel":"k","elements":12,"failed":1,"max_of_bound_text":"inf","verdict":"fail"},{"tensor":1}],'
           b'"first_failure":{"tensor":"z","found":0.5}}')
    put(7, b'{"points":[{"device":"cpu","engine":"cblas","width":16,"batch":8,"milliseconds_per_step":0.5},'
           b'{"device":"opencl:0","engine":"native","width":16,"batch":8,"milliseconds_per_step":0.25}],'
           b'"crossovers":[{"batch":8,"width":16}]}')
    for raw in (b"", b"a,b\n1,2\n", b"{}", b"{", b"[1]", b'{"epoch":', b'{"a":"\0"}', gzip.compress(b"{}", mtime=0)):
        put(7, raw)


def lines():
    def short(data):
        return struct.pack(">H", len(data)) + data

    def message(kind, data):  # of the watch: a letter by its place in "ftlb"
        return bytes([kind]) + short(data)

    failure = struct.pack(">II", 1, 3) + "the disk is full \N{ESCAPE}[31m".encode()
    # at the door: ranks, then each connection with a kind and what it says; own number, rank
    save("line", b"\0\1" + b"\1\7\1")
    save("line", b"\0\3" + b"\1\7\1" + b"\1\7\2" + b"\1\7\3")
    save("line", b"\0\2" + b"\0" + short(b"GET / HTTP/1.1\r\n\r\n") + b"\x11\7\1" + b"\3\2\7\1" + b"\1\7\2")
    save("line", b"\0\x81" + b"\2\7\1\x21\1" + b"\x41\7\1\x5b" + b"\x81\7\1" + short(b"b\0\0l\0\0") + b"\x21\7\1")
    save("line", b"\0\2" + b"\1\7\1" + b"\1\7\1" + b"\1\7\2")  # twice the same
    # on the way: addresses, then what answers each call; a proof has rank 0's number and the rank's own
    save("line", b"\1\1" + b"\2\7\1")
    save("line", b"\1\4" + b"\3" + b"\0" + short(b"x" * 80) + b"\x22\7\1" + b"\2\7\3")
    save("line", b"\1\2" + b"\x20" + short(b"") + b"\x12\7\1" + b"\2\7\3")
    save("line", b"\1\xff")
    # messages, in pieces
    plain = b"b\0\0f" + short(failure) + b"n\0\0t" + short(failure) + b"l\0\0"
    save("line", b"\2\0" + plain)
    save("line", b"\2\x50" + plain * 20)
    save("line", b"\2\6" + plain + b"x\0\0")
    save("line", b"\2\xff" + b"f" + short(failure + b"\xc3\xa4" * 250) + b"t\2\x09" + bytes(521))
    # watching: which rank of how many, then what happens to which line
    for how in (b"\0", b"\4", b"\1"):
        save("line", b"\3" + how + message(0x10, failure) + message(0x13, b""))
        save("line", b"\3" + how + message(0x11, failure) + message(0x12, b"") + b"\x15")
        save("line", b"\3" + how + b"\x14" + short(b"f\0") + b"\x14" + short(b"\x0bx") + b"\x95")
        save("line", b"\3" + how + b"\x44\0" + b"\x47" * 5 + b"\6\7the disk\x07 is full\n" + message(0x10, failure))
    gone = struct.pack(">II", 200, 10) + b"rank 200 is gone"
    save("line", b"\3\0" + message(0x10, gone))
    save("line", b"\3\1" + message(0x01, gone))
    save("line", b"\2\0" + b"f" + short(struct.pack(">II", 70000, 3) + b"x"))
    save("line", b"\3\4" + message(0x10, struct.pack(">II", 2, 10) + b"rank 2 (host c) is gone: so says MPI"))


def command_lines():
    lines = ["train data.csv --hidden 4,3 --rate 0.5 --epochs 3 --model m --validation 0.2",
             "train data.csv --optimizer adam --beta1 0.9 --schedule cosine --warmup 10% "
             "--early-stopping 3 --monitor auc",
             "train data.csv --checkpoint c --checkpoint-every 5s --resume c --clip-norm 1 "
             "--dropout 0.1,0.2 --ensemble 3",
             "train data.csv --preset tabular --cross-validate 5 --json --quiet --layer-rates fan-in --find-rate",
             "train --help", "train data.csv --bogus", "train data.csv --target a,b --features 1-3 --decimal comma",
             "search data.csv --try rate=0.1,1 --try hidden=4,5 --trials 3 --log l --strategy halving --epochs 4",
             "evaluate model data --labels l --threshold 0.5 --device cpu",
             "export model --onnx o --onnx-input float --json", "import net.onnx --model m --class-names a,b",
             "predict model data --out o.npy --keep a",
             "inspect data --test t --json", "verify data --free-run --steps 5 --batch full --dump d --bundle none",
             "verify --replay b --device cpu", "verify data --against d", "bench step --network 4,5,2 --batch 16",
             "bench gemm --sizes 16,32", "bench ops", "tune --network 784,25,10 --batch 100 --precision f64",
             "gradcheck data --hidden 3 --activation mish", "qualify --device opencl:0 --memory 1G", "devices --json"]
    names = "train search evaluate predict inspect export import verify bench tune gradcheck qualify devices".split()
    for line in lines:
        words = line.split()
        save("command_line", bytes([names.index(words[0])]) + "\n".join(words[1:]).encode() + b"\n")


def dictionary():
    """The names of all options, for libFuzzer."""
    names = set()
    for file in (Path(__file__).parents[2] / "host" / "cli").glob("*/*.[ch]"):
        names.update(name.strip("-") for name in re.findall(r'^\s*(?:X\()?\{"([a-z0-9-]+)", ', file.read_text(), re.M))
    lines = "".join(f'"\\x0a--{name}"\n' for name in sorted(names))
    (Path(__file__).parent / "dictionaries" / "command_line.dict").write_text(lines)


if __name__ == "__main__":
    for old in CORPUS.glob("*/seed-*"):
        old.unlink()
    for make in (csv, idx, npy, svmlight, labels, packed, numbers, models, checkpoints, bundles, dumps, caches,
                 onnx, programs, command_lines, reports, lines):
        make()
    dictionary()
    print(sum(f.stat().st_size for f in CORPUS.glob("*/*")), "bytes")
