"""Debian packages as cpack makes them of a build: check_packages.py BUILD_DIR SOURCE_DIR FOLDER.

Every file that `cmake --install` installs is in one of them. Nothing is installed or run: tests/compare/packages.sh
does that.
"""
import gzip
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

BUILD, SOURCE, FOLDER = (pathlib.Path(word) for word in sys.argv[1:4])
for tool in ("cpack", "dpkg-deb", "dpkg-shlibdeps", "file", "readelf", "gzip"):
    if not shutil.which(tool):
        print(f"skipped: {tool} is not installed (Debian: cmake, dpkg-dev, file, binutils, gzip)")
        sys.exit(77)


def run(*words, **more):
    done = subprocess.run(words, capture_output=True, **more)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


def take_apart(path):
    """The fields of a package, its control files, and its members by name."""
    fields = run("dpkg-deb", "--field", path).decode()
    control = run("dpkg-deb", "--ctrl-tarfile", path)
    data = tarfile.open(fileobj=io.BytesIO(run("dpkg-deb", "--fsys-tarfile", path)))
    members = {member.name.removeprefix("./"): member for member in data.getmembers()}
    scripts = {name.removeprefix("./") for name in tarfile.open(fileobj=io.BytesIO(control)).getnames()} - {".", ""}
    return dict(re.findall(r"^(\S+): (.*)$", fields, flags=re.M)), scripts, members, data


shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir(parents=True)
run("cpack", "-G", "DEB", "-B", str(FOLDER / "packed"), cwd=BUILD)
run("cmake", "--install", str(BUILD), "--prefix", str(FOLDER / "installed"))
packages = {}
for path in (FOLDER / "packed").glob("*.deb"):
    fields, scripts, members, data = take_apart(path)
    packages[fields["Package"]] = fields, scripts, members, data

headers = (BUILD / "include/clmlp/version.h").read_text()
version = re.search(r'"([0-9]+)\.([0-9]+)\.([0-9]+)"', headers)
library = f"libclmlp{version[1]}.{version[2]}"
mpis = {f"clmlp-{name}" for name in ("openmpi", "mpich") if (BUILD / f"clmlp-{name}.so").exists()}
assert set(packages) == {library, "libclmlp-dev", "clmlp"} | mpis, set(packages)

# names and dependencies
fields, scripts, members, data = packages[library]
files = [name for name in members if re.search(r"/libclmlp\.so\.[0-9.]+$", name)]
(real,) = [name for name in files if members[name].isfile()]
(FOLDER / "library").write_bytes(data.extractfile(members[real]).read())
soname = re.search(r"SONAME.*\[(.*)\]", run("readelf", "-d", str(FOLDER / "library")).decode())[1]
assert library == soname.replace(".so.", ""), (library, soname)
assert {soname, pathlib.Path(real).name} == {pathlib.Path(name).name for name in files}, files
assert scripts >= {"shlibs", "triggers", "md5sums"} and not scripts & {"postinst", "postrm"}, scripts
for wanted in ("libc6", "libopenblas0", "libclblast1", "ocl-icd-libopencl1", "libcjson1", "zlib1g"):
    assert wanted in fields["Depends"], (wanted, fields["Depends"])
assert "mpi" not in fields["Depends"], fields["Depends"]  # an MPI comes with its module alone
for name, wanted in (("clmlp-openmpi", "libopenmpi"), ("clmlp-mpich", "libmpich")):
    assert name not in mpis or wanted in packages[name][0]["Depends"], packages[name][0]
for name in ("libclmlp-dev", "clmlp", *mpis):
    its = packages[name][0]
    assert f"{library} (= {its['Version']})" in its["Depends"], its
assert "libpopt0" in packages["clmlp"][0]["Depends"]
its = packages["clmlp"][0]
assert its["Version"].startswith(".".join(version.groups())), its

# the same files as are installed, each once
in_packages = {}
for name, (fields, _, members, data) in packages.items():
    for path, member in members.items():
        assert (member.uid, member.gid) == (0, 0), (name, path)
        expected = 0o755 if member.isdir() or path.startswith("usr/bin/") else 0o644
        assert member.issym() or member.mode == expected, (name, path, oct(member.mode))
        if not member.isdir():
            assert path not in in_packages, (path, name, in_packages[path])
            in_packages[path] = name
    documents = f"usr/share/doc/{name}"
    copyright_text = data.extractfile(f"./{documents}/copyright").read().decode()
    assert "License: Expat" in copyright_text and "Permission is hereby granted" in copyright_text
    changelog = gzip.decompress(data.extractfile(f"./{documents}/changelog.Debian.gz").read()).decode()
    assert changelog.startswith(f"clmlp ({fields['Version']}) "), changelog
    assert gzip.decompress(data.extractfile(f"./{documents}/changelog.gz").read()).startswith(b"# Changelog")
installed = {f"usr/{path.relative_to(FOLDER / 'installed')}" for path in (FOLDER / "installed").rglob("*")
             if path.is_symlink() or path.is_file()}
left_out = {"usr/share/doc/clmlp/LICENSE", "usr/share/doc/clmlp/CHANGELOG.md"}  # copyright and changelog.gz have them
expected = {f"{name}.gz" if "/man/man1/" in name else name for name in installed - left_out}
added = {name for name in in_packages if re.search(r"/(copyright|changelog(\.Debian)?\.gz)$", name)}
assert expected == set(in_packages) - added, expected ^ (set(in_packages) - added)
assert left_out < installed and len(added) == 3 * len(packages), added

# links of the documents
LINK = re.compile(r"\]\((?![a-z]+:|#)([^)\s#]+)")
documents = "usr/share/doc/clmlp"
packed = {name: packages["clmlp"][3].extractfile(f"./{name}").read().decode() for name in in_packages
          if name.startswith(documents) and name.endswith(".md")}
plain = {name: (FOLDER / "installed" / name.removeprefix("usr/")).read_text() for name in installed
         if name.startswith(documents) and name.endswith(".md")}
for kind, texts, there in (("package", packed, set(in_packages)), ("install", plain, installed)):
    links = [(name, link) for name, text in texts.items()
             for link in LINK.findall(re.sub(r"^(```.*?^```|    .*?$)", "", text, flags=re.M | re.S))]
    lost = [(name, link) for name, link in links
            if os.path.normpath(os.path.join(os.path.dirname(name), link)) not in there]
    assert len(links) > 100 and not lost, (kind, len(links), lost)

# what is in which
program = packages["clmlp"][3].extractfile("./usr/bin/clmlp").read()
(FOLDER / "program").write_bytes(program)
assert b"PATH)" not in run("readelf", "-d", str(FOLDER / "program")), "the program has a run path"
pages = [name for name in in_packages if "/man1/" in name]
assert len(pages) > 15 and all(in_packages[page] == "clmlp" for page in pages), pages
for header in (SOURCE / "include/clmlp").glob("*.h"):
    assert in_packages[f"usr/include/clmlp/{header.name}"] == "libclmlp-dev", header
for name, owner in in_packages.items():
    if name.endswith((".a", ".pc", ".cmake", ".h", "libclmlp.so")):
        assert owner == "libclmlp-dev", name
for name in ("bash-completion/completions/clmlp", "doc/clmlp/README.md", "doc/clmlp/docs/commands.md"):
    assert in_packages[f"usr/share/{name}"] == "clmlp", name
print(f"{len(packages)} packages, {len(in_packages)} files, {len(pages)} pages")
