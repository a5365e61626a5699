"""数据汇聚: what is said to the street, from every channel, registered as a report (来件)."""
