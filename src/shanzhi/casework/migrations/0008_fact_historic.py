from django.db import migrations, models

FROM_CASES = """
update casework_casefact f set historic = true from casework_case c where c.id = f.case_id and c.historic
"""


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0007_list_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="casefact",
            name="historic",
            field=models.BooleanField(db_default=False, help_text="Loaded as history: counts in no figure."),
        ),
        migrations.RunSQL(FROM_CASES, migrations.RunSQL.noop),
    ]
