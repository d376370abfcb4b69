"""Read the tables that the programs write."""

import re


def lines(tex: str) -> list[str]:
    """The rows of a table below its header, as TeX; later headers are among them."""
    if r"\endlastfoot" in tex:  # a long table has head and foot first
        body = tex.split(r"\endlastfoot", 1)[1]
    else:
        body = tex.split(r"\midrule", 1)[1].split(r"\bottomrule")[0]
    return [line for line in body.splitlines() if line.endswith(r"\\")]


def cells(tex: str) -> list[list[str]]:
    """These rows, each as a list of cells."""
    rows = [line.strip().removesuffix(r"\\").replace(r"\midrule ", "") for line in lines(tex)]
    return [[cell.strip() for cell in re.split(r"(?<!\\)&", row)] for row in rows]


def check_table(tex: str) -> None:
    """One tabular, braces in pairs, as many cells in each row as there are columns, and a number where one belongs."""
    bare = re.sub(r"\\[{}]", "", tex)
    assert bare.count("{") == bare.count("}")
    kind = "longtable" if "longtable" in tex else "tabular"
    assert tex.count(rf"\begin{{{kind}}}") == tex.count(rf"\end{{{kind}}}") == 1
    preamble = re.search(rf"\\begin\{{{kind}\}}\{{(.*)\}}\n", tex)[1]
    preamble = re.sub(r"@\{[^}]*\}|>\{[^}]*\}", "", preamble)
    preamble = re.sub(r"p\{[^}]*\}", "l", preamble)
    rows = lines(tex)
    assert rows
    for row in rows:
        spanned = sum(int(number) - 1 for number in re.findall(r"\\multicolumn\{(\d)\}", row))
        assert len(re.findall(r"(?<!\\)&", row)) + 1 + spanned == len(preamble), row
    assert not re.search(r"(?<=[& ])(nan|None|inf)(?= *[&\\\\])", tex)
