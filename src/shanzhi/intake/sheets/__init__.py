"""Reading spreadsheets that people send: xlsx or csv, of any size, age and intent."""
