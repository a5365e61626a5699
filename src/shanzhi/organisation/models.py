"""What is stored of the street's own organisation. The street itself is data, never a constant."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from shanzhi.core.ids import new_id
from shanzhi.core.realm.models import Realm, RealmModel
from shanzhi.organisation.roles import Role


class LtreeField(models.TextField):  # type: ignore[type-arg]  # only the stubs are generic
    """PostgreSQL's `ltree`. Its operators do not use their index under row-level security, so ask `area_ids_below`."""

    def db_type(self, connection: Any) -> str:
        return "ltree"


class PersonManager(BaseUserManager["Person"]):
    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(username=username)


class Person(AbstractBaseUser):
    """Somebody of the staff who signs in. Belongs to the installation; what he may do hangs on his posts, not on
    him.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=40)
    realm = models.ForeignKey(
        Realm, on_delete=models.PROTECT, related_name="+", help_text="Where he lands after sign-in."
    )
    is_active = models.BooleanField(default=True)

    objects: ClassVar = PersonManager()
    USERNAME_FIELD = "username"

    def __str__(self) -> str:
        return self.username


class MachineAccess(models.Model):
    """A token of another system. Belongs to the installation: it is what tells the realm, so it is read before one
    is set.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    realm = models.ForeignKey(Realm, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    scope = models.CharField(max_length=30, help_text="What it may call, e.g. `hotline`.")
    token_hash = models.CharField(
        max_length=64, unique=True, help_text="SHA-256 of the token; the token itself is shown once."
    )
    revoked_at = models.DateTimeField(null=True)


class AreaLevel(models.TextChoices):
    STREET = "street"
    COMMUNITY = "community"
    GRID = "grid"


class Area(RealmModel):
    """A part of the street. Redrawing makes new rows with new validity; a case keeps the area it was registered in."""

    base_rows = True

    level = models.CharField(max_length=12, choices=AreaLevel.choices)
    code = models.CharField(
        max_length=20, help_text="Statistical code (12 digits to community), grids by the street's own."
    )
    name = models.CharField(max_length=60)
    short = models.CharField(max_length=20)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts")
    path = LtreeField()
    outline = models.JSONField(help_text="GeoJSON geometry, WGS-84.")
    schematic = models.BooleanField(default=True, help_text="示意: drawn, not surveyed.")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["realm", "code", "valid_from"], name="area_code_once")]


class UnitKind(models.TextChoices):
    OFFICE = "office"  # 办
    TEAM = "team"  # 队
    CENTRE = "centre"  # 中心
    COMMUNITY = "community"  # 社区
    OUTSIDE = "outside"  # 物业、供水、供电 …


class Unit(RealmModel):
    """承办单位: who orders are given to."""

    base_rows = True

    code = models.SlugField()
    name = models.CharField(max_length=60)
    short = models.CharField(max_length=20)
    kind = models.CharField(max_length=12, choices=UnitKind.choices)
    area = models.ForeignKey(
        Area, null=True, on_delete=models.PROTECT, related_name="+", help_text="Of a community's unit."
    )
    order = models.PositiveSmallIntegerField(default=0, help_text="The fixed order in which units are listed.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["realm", "code"], name="unit_code_once")]


class Post(RealmModel):
    """岗位: what a person does here, from when until when. All rights hang on posts."""

    base_rows = True

    title = models.CharField(max_length=60)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["realm", "person"], name="post_of_person")]


class Grant(RealmModel):
    """One row of rights: a role, and where it holds. Its limits are AND-ed; several grants are OR-ed, never
    multiplied.
    """

    base_rows = True

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=24, choices=[(role.value, role.value) for role in Role])
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    area = models.ForeignKey(Area, null=True, on_delete=models.PROTECT, related_name="+")
    kinds = models.JSONField(default=list, help_text="Case kinds; empty is all.")
    categories = models.JSONField(default=list, help_text="Category codes; empty is all.")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["realm", "post"], name="grant_of_post")]
