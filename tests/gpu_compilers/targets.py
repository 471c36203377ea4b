"""What compilers of GPUs make of a program: registers, spills, shared memory, work-groups a unit, machine code.

Each target's compile() takes a program as the host builds it, text and options, and gives a list of rows, one a kernel.
"""
import ctypes.util
import os
import pathlib
import re
import shutil
import struct
import subprocess

CLANG = ("clang-19",)
CLC = pathlib.Path("/usr/lib/clc")


class Missing(Exception):
    """A compiler that is not installed."""


class Failed(Exception):
    """A program that a compiler does not take, or warns about."""


def run(command, **settings):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=900, **settings)
    said = done.stdout + done.stderr
    if done.returncode != 0 or re.search(r":\d+:\d+: warning:", said):
        raise Failed(f"{' '.join(str(c) for c in command)}\n{said}")
    return said


def folders():
    """Where setup.sh puts what it fetches: build/gpu-compilers, of this checkout or as CLMLP_GPU_COMPILERS says."""
    named = os.environ.get("CLMLP_GPU_COMPILERS")
    return pathlib.Path(named) if named else pathlib.Path(__file__).resolve().parents[2] / "build" / "gpu-compilers"


def found(name, *patterns):
    """A program in the folder of what was fetched, else on the PATH."""
    for pattern in patterns:
        for path in sorted(folders().glob(pattern)):
            return path
    path = shutil.which(name)
    if path is None:
        raise Missing(f"{name} is missing")
    return pathlib.Path(path)


def clang():
    for name in CLANG:
        if shutil.which(name) and CLC.is_dir():
            return name
    raise Missing(f"{CLANG[0]} or libclc-19 is missing")


def defines(options):
    return {name: int(value) for name, value in re.findall(r"-D (\w+)=(\d+)", options)}


def items_of(options):
    """Work-items of a work-group; 0: the kernel takes any number."""
    v = defines(options)
    return v["TILE_M"] // v["WORK_M"] * (v["TILE_N"] // v["WORK_N"]) * v["SPLIT"] if "TILE_M" in v else 0


def register_limit(options):
    """What the host tells NVIDIA's driver; None: nothing."""
    limit = re.search(r"-cl-nv-maxrregcount[= ](\d+)", options)
    return int(limit.group(1)) if limit else None


def for_clang(options):
    """The options without those that only one driver takes."""
    return re.sub(r"-cl-nv-\S+", "", options).split()


def loop_of(code, is_fma, is_load):
    """The main loop, as (multiply-adds, instructions): of the innermost loops that read memory, the one with the most
    multiply-adds. code: a list of (labels in front, instruction, label that it jumps to or None)."""
    at, loops = {}, []
    for i, (labels, _, _) in enumerate(code):
        at.update({label: i for label in labels})
    for i, (_, _, to) in enumerate(code):
        if to in at and at[to] <= i:
            body = [text for _, text, _ in code[at[to]:i + 1]]
            fma = sum(bool(is_fma(text)) for text in body)
            if fma and any(is_load(text) for text in body):
                loops.append((at[to], i, fma))
    inner = [(a, b, n) for a, b, n in loops if not any((c, d) != (a, b) and a <= c and d <= b for c, d, _ in loops)]
    if not inner:
        return 0, 0
    a, b, n = max(inner, key=lambda loop: loop[2])
    return n, b - a + 1


class Nvidia:
    """clang to PTX, ptxas, nvdisasm."""
    kind = "NVIDIA"
    #           shared memory of a unit, reserved of it for each work-group
    UNITS = {"sm_70": (96 * 1024, 0), "sm_80": (164 * 1024, 1024), "sm_90": (228 * 1024, 1024)}

    def __init__(self, key):
        self.key = key
        self.clang = clang()
        self.ptxas = found("ptxas", "**/cuda_nvcc/bin/ptxas", "**/bin/ptxas")
        if self.key not in run([self.ptxas, "--help"]):
            raise Missing(f"{self.ptxas} does not know {self.key}")
        self.nvdisasm = found("nvdisasm", "**/bin/nvdisasm")

    def versions(self):
        release = [re.search(r"release [\d.]+, (V[\d.]+)", run([tool, "--version"])).group(1)
                   for tool in (self.ptxas, self.nvdisasm)]
        return f"{clang_version(self.clang)}, ptxas {release[0]}, nvdisasm {release[1]}"

    def compile(self, job, folder):
        source, ptx, cubin = folder / "program.cl", folder / "program.ptx", folder / "program.cubin"
        source.write_text(job.text)
        clang = [self.clang, "-x", "cl", "-target", "nvptx64-nvidia-nvcl", *for_clang(job.options)]
        run([*clang, "-Xclang", "-target-cpu", "-Xclang", self.key, "-Xclang", "-target-feature", "-Xclang", "+ptx78",
             "-Xclang", "-finclude-default-header", "-Xclang", "-mlink-builtin-bitcode", "-Xclang",
             CLC / "nvptx64--nvidiacl.bc", "-Wno-linker-warnings", "-O3", "-S", "-o", ptx, source])
        items = items_of(job.options)
        # clang leaves reqd_work_group_size out of PTX, where the driver's compiler has it. Beside it ptxas does not
        # look at -maxrregcount.
        if items and "reqd_work_group_size" in run([*clang, "-E", "-P", source]):
            ptx.write_text(re.sub(r"^(\.entry [^)]*\))$", rf"\1 .reqntid {items}, 1, 1", ptx.read_text(), flags=re.M))
        limit = job.limit or register_limit(job.options)
        said = run([self.ptxas, f"-arch={self.key}", "-v", *([f"-maxrregcount={limit}"] if limit else []), ptx, "-o",
                    cubin])
        code = self.disassemble(cubin, folder / "program.sass")
        rows = []
        for part in said.split("Compiling entry function")[1:]:
            name = re.search(r"'(\w+)'", part).group(1)
            numbers = [int(n) for n in re.search(
                r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", part).groups()]
            shared = re.search(r"(\d+) bytes smem", part)
            row = {"kernel": name, "registers": int(re.search(r"Used (\d+) registers", part).group(1)),
                   "private": numbers[0], "spilled": numbers[1] + numbers[2],
                   "shared": int(shared.group(1)) if shared else 0, "items": items}
            row["groups"] = self.groups(row)
            row["lines"] = len(code[name])
            row["fma"], row["loop"] = loop_of(
                code[name], lambda text: re.search(r"\b[FD]FMA\b", text), lambda text: re.search(r"\bLD[SG]\b", text))
            rows.append(row)
        return rows

    def disassemble(self, cubin, listing):
        """The code of each kernel, as loop_of takes it."""
        if self.key == "sm_70":  # today's nvdisasm no longer knows it; sm_75 has the same instructions
            data = bytearray(cubin.read_bytes())
            flags, = struct.unpack_from("<I", data, 48)
            struct.pack_into("<I", data, 48, flags & ~0xff00ff | 75 << 16 | 75)
            cubin.write_bytes(data)
        text = run([self.nvdisasm, "-c", cubin])
        listing.write_text(text)
        kernels, code, labels = {}, None, []
        for line in text.splitlines():
            section = re.match(r"\s*\.section\s+\.text\.(\w+)", line)
            label = re.match(r"\s*(\.L\w+):", line)
            instruction = re.match(r"\s*/\*[0-9a-f]+\*/\s+(.*?)\s*;", line)
            if section:
                code = kernels.setdefault(section.group(1), [])
            elif label:
                labels.append(label.group(1))
            elif instruction and code is not None:
                to = re.search(r"BRA\S*\s.*?`\((\.L\w+)\)", instruction.group(1))
                code.append((labels, instruction.group(1), to.group(1) if to else None))
                labels = []
        return kernels

    def groups(self, row):
        """Work-groups at once on a unit of 64 Ki registers, four parts and 2,048 work-items."""
        shared, reserved = self.UNITS[self.key]
        if row["items"] == 0:
            return 0
        warps = -(-row["items"] // 32)
        by_registers = 65536 // (-(-row["registers"] * 32 // 256) * 256) // 4 * 4 // warps
        by_shared = shared // (-(-row["shared"] // 128) * 128 + reserved) if row["shared"] else 32
        return min(by_registers, by_shared, 64 // warps, 32)


class Amd:
    """clang to the assembly of AMD's GPUs."""
    kind = "AMD"

    def __init__(self, key):
        self.key = key
        self.clang = clang()

    def versions(self):
        return clang_version(self.clang)

    def compile(self, job, folder):
        source, assembly = folder / "program.cl", folder / "program.s"
        source.write_text(job.text)
        run([self.clang, "-x", "cl", "-target", "amdgcn-amd-amdhsa", f"-mcpu={self.key}", "-nogpulib", "-Xclang",
             "-finclude-default-header", "-Xclang", "-mlink-builtin-bitcode", "-Xclang", CLC / "amdgcn--amdhsa.bc",
             "-Wno-linker-warnings", *for_clang(job.options), "-O3", "-S", "-o", assembly, source])
        text = assembly.read_text()
        rows = []
        listed = text[text.index("amdhsa.kernels:"):text.index("amdhsa.target:")]
        for entry in re.split(r"^  - ", listed, flags=re.M)[1:]:
            name = re.search(r"^    \.name:\s+(\w+)", entry, re.M).group(1)
            number = {key: int(value) for key, value in re.findall(r"\.(\w+):\s+(\d+)$", entry, re.M)}
            exactly = re.search(r"\.reqd_workgroup_size:\s+- (\d+)", entry)
            body = text[text.index(f"\n{name}:"):]
            code = self.code(body[:body.index("\n.Lfunc_end")])
            row = {"kernel": name, "registers": number["vgpr_count"], "private": number["private_segment_fixed_size"],
                   "spilled": 4 * number["vgpr_spill_count"], "shared": number["group_segment_fixed_size"],
                   "items": int(exactly.group(1)) if exactly else 0, "lines": len(code)}
            waves = -(-row["items"] // number["wavefront_size"])
            occupancy = int(re.search(r"; Occupancy: (\d+)", body).group(1))
            row["groups"] = 4 * occupancy // waves if waves else 0  # a unit has four SIMDs
            row["fma"], row["loop"] = loop_of(
                code, lambda line: re.match(r"v_(dual_|pk_)?(fma|fmac)", line),
                lambda line: line.startswith(("ds_", "global_load")))
            rows.append(row)
        return rows

    @staticmethod
    def code(body):
        """As loop_of takes it."""
        code, labels = [], []
        for line in body.splitlines():
            label = re.match(r"(\.LBB\w+):", line)
            instruction = re.match(r"\t([a-z]\w+.*?)\s*(;.*)?$", line)
            if label:
                labels.append(label.group(1))
            elif instruction:
                to = re.match(r"s_c?branch\S*\s+(\.LBB\w+)", instruction.group(1))
                code.append((labels, instruction.group(1), to.group(1) if to else None))
                labels = []
        return code


class Intel:
    """ocloc, the offline compiler of Intel's driver."""
    kind = "Intel"
    #           threads of a unit, its shared memory
    UNITS = {"tgllp": (112, 64 * 1024), "dg2-g10": (128, 128 * 1024)}

    def __init__(self, key):
        self.key = key
        self.ocloc = found("ocloc", "**/usr/bin/ocloc")
        if not all(ctypes.util.find_library(name) for name in ("igc", "igdfcl")):
            raise Missing("libigc1 or libigdfcl1 is missing")
        self.libraries = self.ocloc.parents[1] / "lib" / "x86_64-linux-gnu"
        self.variables = dict(os.environ, IGC_ShaderDumpEnable="1", LD_LIBRARY_PATH=str(self.libraries))

    def versions(self):
        names = [path.name for path in self.libraries.glob("libze_intel_gpu.so.*.*")]
        return "ocloc " + (re.sub(r"^\D*", "", min(names)) if names else "of an unknown version")

    def compile(self, job, folder):
        source, dump, binary = folder / "program.cl", folder / "dump", folder / "binary"
        source.write_text(job.text)
        shutil.rmtree(dump, ignore_errors=True)
        dump.mkdir()
        run([self.ocloc, "compile", "-file", source, "-device", self.key, "-options", " ".join(for_clang(job.options)),
             "--format", "zebin", "-out_dir", binary], env=dict(self.variables, IGC_DumpToCustomDir=str(dump)),
            cwd=folder)
        lines = {}
        for listing in dump.glob("*_entry_*.asm"):
            text = listing.read_text()
            lines[re.search(r"^//\.kernel (\w+)", text, re.M).group(1)] = \
                int(re.search(r"^//\.instCount (\d+)", text, re.M).group(1))
        said = next(binary.glob("*.bin")).read_bytes().decode("latin1")
        said = said[said.index("\nkernels:"):].partition("\nkernels_misc_info:")[0]
        rows = []
        for entry in re.split(r"^  - name: ", said, flags=re.M)[1:]:
            if entry.split()[0] not in lines:  # Intel_Symbol_Table_Void_Program
                continue
            number = {key: int(value) for key, value in re.findall(r"^      (\w+): +(\d+)$", entry, re.M)}
            row = {"kernel": entry.split()[0], "items": items_of(job.options), "registers": number["grf_count"],
                   "simd": number["simd_size"], "shared": number.get("slm_size", 0), "fma": 0, "loop": 0}
            row["private"], row["spilled"] = self.private(entry, row["simd"])
            row["lines"] = lines[row["kernel"]]
            row["groups"] = self.groups(row)
            rows.append(row)
        if not rows:
            raise Failed(f"ocloc left no machine code for {self.key}: {job.options}")
        return rows

    @staticmethod
    def private(entry, lanes):
        """Bytes of private memory of a work-item, and those of them that registers were spilled to."""
        total = spilled = 0
        buffers = entry.partition("per_thread_memory_buffers:")[2]
        for part in re.split(r"- type:", buffers)[1:]:
            size = int(re.search(r"\bsize: +(\d+)", part).group(1))
            size = size if "is_simt_thread:  true" in part else -(-size // lanes)
            total += size
            spilled += size if "spill" in part else 0
        return total, spilled

    def groups(self, row):
        threads, shared = self.UNITS[self.key]
        if row["items"] == 0:
            return 0
        return min(threads // -(-row["items"] // row["simd"]), shared // row["shared"] if row["shared"] else 99)


def clang_version(name):
    return re.search(r"clang version ([\d.]+)", run([name, "--version"])).group(0)


TARGETS = {**{key: Nvidia for key in Nvidia.UNITS}, **{key: Amd for key in ("gfx90a", "gfx1030", "gfx1100")},
           **{key: Intel for key in Intel.UNITS}}
