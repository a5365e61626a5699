"""Starting all of Shanzhi on one machine: web build, database, migrations, furnishing and the child processes."""
