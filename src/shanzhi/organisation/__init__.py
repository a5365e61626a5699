"""二级四层: areas and grids, units, posts, the people of the staff, grants (who may see and do what), sign-in."""
