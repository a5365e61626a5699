"""The roles a post can be granted. What each may do is said once, in docs/roles.toml and the workflow tables."""

from enum import StrEnum


class Role(StrEnum):
    LEADER = "leader"  # 街道领导: sees all orders and figures
    DISPATCHER = "dispatcher"  # 值班员: sees all orders, dispatches
    HANDLER = "handler"  # 承办人: sees and handles the orders of his unit
    COMMUNITY_SECRETARY = "community_secretary"  # 社区书记: sees his community, handles what it leads
    GRID_MEMBER = "grid_member"  # 网格员: sees his grid, records progress
    AUDITOR = "auditor"  # 审计员: journal and masked orders, writes nothing
    ADMINISTRATOR = "administrator"  # 管理员: organisation and grants, sees no orders
