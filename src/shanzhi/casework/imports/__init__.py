"""Loading a spreadsheet of orders: match the columns, try, load slice by slice, keep what was set aside."""
