import pytest

# So that a difference from the model is shown, not only stated.
pytest.register_assert_rewrite("casework.machine", "casework.agreement")
