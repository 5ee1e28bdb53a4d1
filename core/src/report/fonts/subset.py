#!/usr/bin/env python3
"""Makes the fonts of the printed documents by cutting free ones down to what our documents can hold:

- `KeyturnSans.otf`, of Noto Sans CJK SC Regular: Chinese, basic Latin, punctuation, full-width forms, units, signs of forms;
- `KeyturnLatin.ttf`, of Noto Sans Regular: the Latin, Greek and Cyrillic letters of foreign owners' names, which the first one has not;
- `KeyturnSigns.ttf`, of Noto Sans Symbols 2: marks and states of the screens that people copy into texts.

Run again only to change the set of characters (the results are in the repository):
    apt-get install fonts-noto-cjk fonts-noto-core unicode-data
    pip install fonttools
    python3 subset.py

`characters.txt` holds the 8,105 characters of the List of Commonly Used Standard Chinese Characters (通用规范汉字表, State
Council 2013) in the order of the list. Its source is the Unihan database, field kTGH (file Unihan_OtherMappings.txt, in
Debian's `unicode-data`); it is written here when it is missing. The rest of GB 2312, the common half of Big5 and
characters of names are added to it.

The families are renamed: the licence (OFL.txt beside this file) lets a changed font be given on, and a cut-down one must
not be taken for the full one.
"""
import bz2, pathlib, sys
from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

HERE = pathlib.Path(__file__).parent
LIST = HERE / "characters.txt"
NOTO = pathlib.Path("/usr/share/fonts")
UNIHAN = "/usr/share/unicode/Unihan_OtherMappings.txt.bz2"


def standard_list():
    if not LIST.exists():
        ordered = []
        for line in bz2.open(UNIHAN, "rt", encoding="utf-8"):
            if line.startswith("U+") and "\tkTGH\t" in line:
                code, _, position = line.split("\t")
                ordered.append((int(position.split(":")[1]), chr(int(code[2:], 16))))
        chars = "".join(c for _, c in sorted(ordered))
        rows = [chars[i : i + 50] for i in range(0, len(chars), 50)]
        head = "# 通用规范汉字表 (2013), 8105 characters in its order; from the Unihan database 15.0, field kTGH\n"
        LIST.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    text = "".join(l.strip() for l in LIST.read_text(encoding="utf-8").splitlines() if not l.startswith("#"))
    assert len(text) == 8105 and len(set(text)) == 8105, len(text)
    return set(text)


def gb2312():
    found = set()
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.add(bytes([high, low]).decode("gb2312"))
            except UnicodeDecodeError:
                pass
    return found


def traditional():
    """The 5,401 common characters of Big5: names and addresses of owners from Hong Kong, Macao and Taiwan."""
    found = set()
    for high in range(0xA4, 0xC7):
        for low in [*range(0x40, 0x7F), *range(0xA1, 0xFF)]:
            if (high, low) <= (0xC6, 0x7E):
                found.add(bytes([high, low]).decode("big5"))
    assert len(found) == 5401, len(found)
    return found


# In names on identity cards and in no list above.
NAMES = "䶮㛃㬎㵆䒟㑇㐂㙦䢺㛄㴪昇喆堃燚犇淼垚焱骉皛翀珅祎骞昶翊赟頔颋龑彧贇珵瑆瑒玬琎珝玽昪晅晧暐曌旸晳禤姮婳嬿嫚娫姵媖嬅"


def others():
    ranges = [
        (0x20, 0x7E), (0xA0, 0x17F), (0x391, 0x3C9), (0x401, 0x451),
        (0x2010, 0x2027), (0x2030, 0x203E), (0x2070, 0x2079), (0x2080, 0x2089), (0x20A0, 0x20BF),
        (0x2100, 0x2135), (0x2150, 0x217F), (0x2190, 0x2199), (0x2200, 0x2237), (0x2248, 0x2267),
        (0x2460, 0x24FF), (0x2500, 0x257F), (0x25A0, 0x25FF), (0x2600, 0x2642), (0x2702, 0x27BF),
        (0x3000, 0x303F), (0x3105, 0x312D), (0x3220, 0x3229), (0x32A3, 0x32A3), (0x3280, 0x32B0),
        (0x3380, 0x33DF), (0xFE30, 0xFE4F), (0xFF01, 0xFF5E), (0xFFE0, 0xFFE6),
    ]
    return {chr(c) for low, high in ranges for c in range(low, high + 1)}


def cut(face, wanted, file, family, features):
    """Cuts `face` to `wanted`, renames it and saves it as `file`; gives back the characters it has."""
    source = face["name"].getDebugName(1)
    options = subset.Options()
    options.layout_features = features
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.name_languages = [0x409]
    options.notdef_outline = True
    options.hinting = False
    options.drop_tables += ["VORG", "vhea", "vmtx", "DSIG", "BASE", "MVAR", "STAT"]
    tool = subset.Subsetter(options)
    tool.populate(unicodes=[ord(c) for c in wanted])
    tool.subset(face)
    plain = family.replace(" ", "")
    for name_id, text in {1: family, 2: "Regular", 3: f"{plain}-Regular;subset of {source}", 4: family, 6: f"{plain}-Regular"}.items():
        face["name"].setName(text, name_id, 3, 1, 0x409)
    if "CFF " in face:
        top = face["CFF "].cff
        top.fontNames = [f"{plain}-Regular"]
        top[0].FullName, top[0].FamilyName = family, family
    # The same font from the same inputs: no time of making in the file.
    face.recalcTimestamp = False
    face["head"].modified = face["head"].created
    face.save(HERE / file)
    have = {chr(c) for c in face.getBestCmap()}
    print(f"{file}: {len(have)} characters, {(HERE / file).stat().st_size} bytes")
    return have


def main():
    cjk = next(f for f in TTCollection(NOTO / "opentype/noto/NotoSansCJK-Regular.ttc").fonts if f["name"].getDebugName(1) == "Noto Sans CJK SC")
    have = cut(cjk, standard_list() | gb2312() | traditional() | set(NAMES) | others(), "KeyturnSans.otf", "Keyturn Sans", ["kern", "ccmp", "locl", "mark", "mkmk"])
    absent = sorted(standard_list() - have)
    if absent:
        sys.exit(f"characters of the standard list without a glyph: {absent}")
    letters = {chr(c) for low, high in [(0x20, 0x7E), (0xA0, 0x24F), (0x2B0, 0x36F), (0x386, 0x3CE), (0x400, 0x4FF), (0x1E00, 0x1EFF), (0x2010, 0x2026), (0x2070, 0x208E), (0x20A0, 0x20BF), (0x2150, 0x215E)] for c in range(low, high + 1)}
    cut(TTFont(NOTO / "truetype/noto/NotoSans-Regular.ttf"), letters, "KeyturnLatin.ttf", "Keyturn Latin", ["kern", "ccmp", "locl", "mark", "mkmk"])
    signs = set("✓✔✕✖✗✘☐☑☒◔◕◑◐◒◓⚠⚡★☆●○◆◇■□▢▣▲△▼▽▶◀➜➔✎✏☎✉")
    cut(TTFont(NOTO / "truetype/noto/NotoSansSymbols2-Regular.ttf"), signs, "KeyturnSigns.ttf", "Keyturn Signs", [])


if __name__ == "__main__":
    main()
