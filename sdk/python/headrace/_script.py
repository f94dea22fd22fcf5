"""Loads scripts, and describes the methods in them as manifests (docs/methods.md)."""
import ast
import importlib.metadata
import importlib.util
import os
import re
import sys

from . import _methods

#: The module name of the script, so that `if __name__ == "__main__":` does not hold.
_MODULE = "headrace_script"
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^]]*\])?\s*\(?([^;)]*)")
_BLOCK = re.compile(r"^# /// script$\n((?:^#(?: .*)?$\n)+?)^# ///$", re.MULTILINE)
_COMPARISONS = {
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b, ">=": lambda a, b: a >= b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, "<": lambda a, b: a < b,
}


class Unavailable(Exception):
    """The script cannot run here. The message says what is missing and how to install it."""


def load(path):
    """Runs a script, and returns the methods that it defines."""
    path = os.path.abspath(path)
    sys.path.insert(0, os.path.dirname(path))
    specification = importlib.util.spec_from_file_location(_MODULE, path)
    module = importlib.util.module_from_spec(specification)
    sys.modules[_MODULE] = module
    _methods.registry.clear()
    specification.loader.exec_module(module)
    return list(_methods.registry)


def find(methods, reference):
    """Returns the method of a name such as score@2."""
    for method in methods:
        if method.reference == reference:
            return method
    known = ", ".join(method.reference for method in methods) or "none"
    raise Unavailable(f"The script does not define the method {reference}; it defines {known}. Install it again.")


def manifests(path):
    """Returns the manifests of the methods in a script. `{method}` in them is the folder that they are installed in."""
    source = read(path)
    check_imports(path, source)
    methods = load(path)
    if not methods:
        raise Unavailable(f"{path} defines no method. Put @method in front of a function.")
    names = [method.reference for method in methods]
    for name in names:
        if names.count(name) > 1:
            raise Unavailable(f"{path} defines the method {name} twice. Give one of them another name or version.")
    return [_manifest(method, os.path.basename(path), requirements(source)) for method in methods]


def _manifest(method, file, needed_by_script):
    needed = needed_by_script + method.requirements
    run = [_literal(sys.executable), "-m", "headrace"]
    manifest = {
        "name": method.name,
        "version": method.version,
        "description": method.description,
        "argv": run + ["serve", "{method}/" + _literal(file)],
        "check": run + ["check", "{method}/" + _literal(file)] + [_literal(name) for name in needed],
        "params": method.params_schema,
        "resultType": method.result_type,
        "warm": method.warm,
        **method.options,
    }
    if not method.description:
        del manifest["description"]
    if method.result_schema is not None:
        manifest["result"] = method.result_schema
    return manifest


def _literal(text):
    """Returns a text as an argument in a manifest, where braces surround placeholders."""
    return text.replace("{", "{{").replace("}", "}}")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def check(path, needed):
    """Raises Unavailable if a package or a module is missing that the script needs."""
    for requirement in needed:
        check_requirement(requirement)
    check_imports(path, read(path))


def requirements(source):
    """Returns the packages that the comment block of a script (PEP 723) names as its dependencies."""
    block = _BLOCK.search(source)
    if not block:
        return []
    lines = [line[2:] if line.startswith("# ") else line[1:] for line in block.group(1).splitlines()]
    listed = re.search(r"^dependencies\s*=\s*(\[.*?\])\s*$", "\n".join(lines), re.MULTILINE | re.DOTALL)
    if not listed:
        return []
    try:
        return [str(requirement) for requirement in ast.literal_eval(listed.group(1))]
    except (SyntaxError, ValueError):
        raise Unavailable("The dependencies in the comment block '# /// script' are not a list of texts.") from None


def check_requirement(requirement):
    name, versions = _REQUIREMENT.match(requirement).groups()
    try:
        installed = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        raise Unavailable(f"The package {name} is not installed. Run: {sys.executable} -m pip install "
                          f"'{requirement.strip()}'") from None
    for comparison in filter(None, (part.strip() for part in versions.split(","))):
        if not _fits(installed, comparison):
            raise Unavailable(f"The package {name} has the version {installed}, but the script needs {comparison}. "
                              f"Run: {sys.executable} -m pip install '{requirement.strip()}'")


def _fits(installed, comparison):
    operator, wanted = re.match(r"(~=|===?|!=|>=|<=|>|<)?\s*(.*)", comparison).groups()
    have, want = _numbers(installed), _numbers(wanted)
    if operator == "~=":
        return have >= want and have[:len(want) - 1] == want[:len(want) - 1]
    if wanted.endswith(".*"):
        same = have[:len(want)] == want
        return not same if operator == "!=" else same
    width = max(len(have), len(want))
    have, want = have + (0,) * (width - len(have)), want + (0,) * (width - len(want))
    return _COMPARISONS.get(operator, _COMPARISONS["=="])(have, want)


def _numbers(version):
    return tuple(int(part) for part in re.findall(r"\d+", re.match(r"[v\d.]*", version).group()))


def check_imports(path, source):
    """Raises Unavailable if the script imports, in its first level, a module that cannot be found. The modules are not
    run: a check of every worker should not load a large library."""
    folder = os.path.dirname(os.path.abspath(path))
    sys.path.insert(0, folder)
    try:
        for statement in ast.parse(source, path).body:
            if isinstance(statement, ast.Import):
                names = [alias.name for alias in statement.names]
            elif isinstance(statement, ast.ImportFrom) and statement.level == 0:
                names = [statement.module]
            else:
                continue
            for name in names:
                root = name.split(".")[0]
                if root not in sys.modules and importlib.util.find_spec(root) is None:
                    raise Unavailable(
                        f"{os.path.basename(path)}:{statement.lineno} imports the module {root}, which is not "
                        f"installed. Run: {sys.executable} -m pip install {root}, or install the folder of the script "
                        "if the module lies beside it.")
    except SyntaxError as fault:
        raise Unavailable(f"{os.path.basename(path)}:{fault.lineno}: {fault.msg}") from None
    finally:
        sys.path.remove(folder)
