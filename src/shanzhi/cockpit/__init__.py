"""综合指挥: the wall. Reads only the registries of figures and layers."""
