"""How long unmasked words that are only worked with are kept: drafts of replies, rows of files."""

from datetime import datetime, timedelta

from shanzhi.casework.choices import State
from shanzhi.casework.imports.models import ImportState, SheetImport
from shanzhi.casework.models import ReplyDraft
from shanzhi.core.retention import Holds, oldest, retention


@retention("reply-drafts", holds=Holds.STATEMENTS, keeps=timedelta(days=30), counted_from="the close of the case")
def remove_drafts(before: datetime, limit: int) -> int:
    """Replies begun and never sent, of cases that are closed."""
    drafts = ReplyDraft.objects.filter(case__state=State.CLOSED, case__closed_at__lt=before, saved_at__lt=before)
    return oldest(drafts, limit).delete()[0]


@retention("files-never-loaded", holds=Holds.STATEMENTS, keeps=timedelta(days=1), counted_from="the upload")
def remove_files(before: datetime, limit: int) -> int:
    """Spreadsheets that were read and never loaded, with all their rows."""
    return oldest(SheetImport.objects.filter(state=ImportState.READ, read_at__lt=before), limit).delete()[0]


@retention("rows-set-aside", holds=Holds.STATEMENTS, keeps=timedelta(days=30), counted_from="the upload")
def remove_rows(before: datetime, limit: int) -> int:
    """Rows of spreadsheets kept so that those set aside can be mended and sent again; the counts of the load stay."""
    loads = SheetImport.objects.exclude(state=ImportState.READ).filter(sealed__isnull=False, read_at__lt=before)
    return oldest(loads, limit).update(sealed=None)
