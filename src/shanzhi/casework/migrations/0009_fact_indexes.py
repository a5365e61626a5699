from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # indexes are made beside the work that goes on

    dependencies = [
        ("casework", "0008_fact_historic"),
    ]

    operations = [
        RemoveIndexConcurrently(model_name="casefact", name="fact_registered"),
        RemoveIndexConcurrently(model_name="casefact", name="fact_closed"),
        RemoveIndexConcurrently(model_name="casefact", name="fact_revisited"),
        AddIndexConcurrently(
            model_name="casefact",
            index=models.Index(
                condition=models.Q(("historic", False)),
                fields=["realm", "registered_on"],
                include=("case", "top_category"),
                name="fact_registered",
            ),
        ),
        AddIndexConcurrently(
            model_name="casefact",
            index=models.Index(
                condition=models.Q(("historic", False)),
                fields=["realm", "closed_on"],
                include=("case",),
                name="fact_closed",
            ),
        ),
        AddIndexConcurrently(
            model_name="casefact",
            index=models.Index(
                fields=["realm", "revisited_on"],
                include=("case", "counts", "resolved", "satisfied", "answerer"),
                name="fact_revisited",
            ),
        ),
    ]
