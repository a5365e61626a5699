"""What is wrong with an installation, and how to mend it. `shanzhi doctor` prints it; nothing here changes anything."""

from shanzhi.core.doctor.findings import Finding, Verdict

__all__ = ["Finding", "Verdict"]
