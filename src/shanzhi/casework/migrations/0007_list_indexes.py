from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # indexes are made beside the work that goes on

    dependencies = [
        ("casework", "0006_denials"),
    ]

    operations = [
        RemoveIndexConcurrently(model_name="case", name="case_queue"),
        RemoveIndexConcurrently(model_name="case", name="case_alike"),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                condition=models.Q(("historic", False)),
                fields=["realm", "state", "next_due_at"],
                include=("community", "grid", "lead", "id"),
                name="case_queue",
            ),
        ),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(fields=["realm", "grid", "state"], name="case_of_grid"),
        ),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                condition=models.Q(("historic", False)),
                fields=["realm", "category", "longitude"],
                include=("latitude", "registered_at", "place", "community", "grid", "lead", "id"),
                name="case_alike",
            ),
        ),
    ]
