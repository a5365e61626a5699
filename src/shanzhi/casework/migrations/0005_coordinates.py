from django.db import migrations, models


class Migration(migrations.Migration):
    """Rewrites the table once; before the first release no street is at work on it."""

    dependencies = [
        ("casework", "0004_outgoing"),
    ]

    operations = [
        migrations.AlterField(
            model_name="case",
            name="latitude",
            field=models.FloatField(null=True),
        ),
        migrations.AlterField(
            model_name="case",
            name="longitude",
            field=models.FloatField(help_text="WGS-84 degrees, six decimals.", null=True),
        ),
    ]
