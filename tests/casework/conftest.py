import pytest

pytest.register_assert_rewrite("casework.machine")  # so that a difference from the model is shown, not only stated
