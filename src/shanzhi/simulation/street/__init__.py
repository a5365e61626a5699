"""The furnished street: 和义街道 as a seeded generator draws it, with everything that happens there day by day.

Pure: no Django, no clock, no chance but the seed's. Real are only the public codes and names of street and communities;
lines, houses, people, telephone numbers, weather and orders are invented (示意, 演示数据). What an executor needs:

    geography.geography(seed)           areas, roads, houses, named places
    organisation.organisation(seed)     units, posts, people, grants, demo accounts
    catalogue.catalogue()               categories: who leads, how soon, what evidence
    days.orders_of_day(seed, day)       the day's orders, each with the plan of what happens to it
"""
