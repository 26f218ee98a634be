"""Why a file is compared with these healthy files, in words."""

from dataclasses import replace

from tierline.doors.web.console.pages.why_healthy import receipt
from tierline.work.diagnosis.queries import Choice, ChosenFile

CHOICE = Choice(
    baseline_id=1,
    product="Secure Access",
    version="5.1.4",
    named_by="ticket",
    same_version=True,
    akin=True,
    evidence_ids=(4, 5),
    kept=12,
)
FILES = [ChosenFile(4, "client-01.log", "REQ-00001"), ChosenFile(5, "client-02.log", "REQ-00001")]


def words(choice: Choice, files: list[ChosenFile] = FILES, compared: int = 2) -> tuple[list[tuple[str, str]], str]:
    made = receipt(choice, files, compared)
    return [(row.amount, row.words) for row in made.rows], made.definition


def test_product_version_and_files_are_told_with_their_rules() -> None:
    assert words(CHOICE) == (
        [
            ("Secure Access", "the product that the ticket names"),
            ("5.1.4", "the version of the ticket or the file"),
            ("2 files", "those named as this one, of 12 of this version"),
        ],
        "client-01.log (REQ-00001), client-02.log (REQ-00001).",
    )


def test_each_other_way_has_its_words() -> None:
    other = replace(CHOICE, same_version=False, named_by="service")
    rows, _ = words(other)
    assert [said for _, said in rows][:2] == [
        "the only product of the service",
        "its own version has no healthy file named as this one",
    ]
    rows, _ = words(replace(other, akin=False, named_by="file"), compared=12)
    assert [said for _, said in rows] == [
        "the product that the file names",
        "its own version has no healthy file; this one has most",
        "all of this version: none is named as this one",
    ]
    assert rows[2][0] == "12 files"
    rows, _ = words(replace(CHOICE, kept=2))
    assert rows[2] == ("2 files", "all of this version: they are named as this one")


def test_files_that_are_not_shown_are_counted_and_what_changed_since_is_said() -> None:
    assert words(CHOICE, FILES[:1])[1] == "client-01.log (REQ-00001) and 1 more."
    assert words(CHOICE, [])[1] == ""
    changed = words(CHOICE, [], compared=12)[1]
    assert changed == "When this file was read there were 12; read again, it is compared with these."
