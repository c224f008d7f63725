"""A company of some five hundred people whose access has grown for years, with the findings a review looks for.

Everything is planted on purpose and by name, so that a test or a trial can ask for it: `plant_*` say what and why. The
same seed makes the same company to the last id. `now` is the company's present: last logins lie before it.
"""

from datetime import UTC, datetime, timedelta

from .workspace import NOW, Workspace

FIRST = """
    ada alma amir anja aron bela boris carla chen clara dario dilek edda elias emil erik esra fatou felix finn
    gesa hana hugo ida ilya ines ivo jana jonas juri karim kasia lara lena levi lina luca maja malik marta mina
    nils noor oleg olga paul petra quinn rania rosa sami selma silas sofia tarek tilda uma viktor vera wanda
    yara yusuf zoe zora
"""
LAST = """
    abel adler bach berg blum brandt conte costa cruz dahl demir diaz ebner engel faber ferrari fink fuchs gallo
    graf haas hahn hansen horn ito jensen kaya keller klein kovac kraus lang larsen lopez maier moreau nagy neri
    novak okafor ortiz peters popov quast ramos rossi roth sato schulz silva stein tanaka thoma ulrich vogel
    wagner weber yilmaz zimmer
"""
DEPARTMENTS = (
    "engineering",
    "platform",
    "security",
    "finance",
    "people",
    "legal",
    "sales",
    "support",
    "marketing",
    "it",
)
TEAMS = (
    *((department, False) for department in DEPARTMENTS),
    *((f"{name}-leads", True) for name in DEPARTMENTS),
    *(("all-hands", False), ("payroll", True), ("incident-response", True), ("board", True), ("merger-blue", True)),
    *(
        ("works-council", True),
        ("office-berlin", False),
        ("office-porto", False),
        ("interns", False),
        ("vendors", True),
    ),
)
CUSTOM_ROLES = (
    ("room-auditor", "Reads rooms for audit", ("view-room-administration", "view-other-user-channels")),
    ("helpdesk", "First line", ("edit-other-user-password", "edit-other-user-avatar", "logout-other-user")),
    ("permission-admin", "Keeps the permission table", ("access-permissions",)),
    ("role-keeper", "Joins and leaves", ("assign-roles", "view-user-administration")),
    ("integrator", "Webhooks", ("manage-incoming-integrations", "manage-outgoing-integrations")),
    ("team-lead", "Opens teams", ("create-team",)),
    ("settings-ops", "Runs the settings", ("manage-selected-settings",)),
    ("empty-role", "", ()),
)
SETTINGS = {
    "Accounts": ("AllowAnonymousRead", "LoginExpiration", "PasswordReset", "RegistrationForm", "TwoFactor_Enabled"),
    "General": ("API_Enable_Rate_Limiter", "API_Upper_Count_Limit", "Site_Name", "Site_Url", "Restart"),
    "LDAP": ("Host", "Port", "Authentication", "Sync_Interval", "BaseDN"),
    "SAML": ("Custom_Default_cert", "Custom_Default_entry_point", "Custom_Default_issuer"),
    "SMTP": ("Host", "Port", "Username", "Password", "From_Email"),
    "FileUpload": ("Enabled", "MaxFileSize", "MediaTypeWhiteList", "S3_Bucket", "S3_AWSSecretAccessKey"),
    "Message": ("AllowDeleting", "AllowEditing", "MaxAllowedSize", "ShowDeletedStatus"),
    "Layout": ("Home_Body", "Sidenav_Footer", "Terms_of_Service"),
}


def demo_company(*, people: int = 500, seed: int = 7, now: datetime = NOW) -> Workspace:
    """The company, about `people` accounts large."""
    workspace = Workspace(seed=seed, now=now)
    workspace.change_user("svc.review", lastLogin=_ago(workspace, 0))
    _make_roles(workspace)
    staff = _hire(workspace, people)
    _make_teams(workspace, staff)
    plant_accounts(workspace)
    plant_powers(workspace)
    plant_memberships(workspace)
    plant_odd_data(workspace)
    _make_settings(workspace)
    return workspace


def plant_accounts(workspace: Workspace) -> None:
    """Accounts that should make a reviewer look twice."""
    workspace.add_user(
        "ana.admin", name="Ana Admin", roles=["user", "admin"], last_login=_ago(workspace, 1), status="online"
    )
    workspace.add_user("dora.dormant", roles=["user", "admin"], last_login=_ago(workspace, 410))
    workspace.add_user("nick.never", roles=["user", "admin"])
    workspace.add_user("deploy.bot", type="bot", roles=["bot", "admin"], last_login=_ago(workspace, 3))
    workspace.add_user("svc-backup", name="Backup Service", last_login=_ago(workspace, 2))
    workspace.add_user("jenkins", name="Jenkins CI", roles=["user", "integrator"], last_login=_ago(workspace, 0))
    workspace.add_user("noreply", name="No Reply", emails=None)
    workspace.add_user("poll.app", type="app", roles=["app"], emails=None)
    workspace.add_user("gast.extern", name="Gast Extern", roles=["guest"], last_login=_ago(workspace, 20))
    workspace.add_user("@mia:matrix.example.test", name="Mia", roles=["user", "federated-external"], federated=True)
    workspace.add_user("@tom:matrix.example.test", name="Tom", roles=["user", "federated-external"], federated=True)
    workspace.register("pia.pending", reason="I am the new intern")
    workspace.add_user("olaf.old", verified=False, roles=["user", "room-auditor"], last_login=_ago(workspace, 538))
    workspace.add_user("rita.retired", roles=["user", "admin"], last_login=_ago(workspace, 200))
    workspace.deactivate("rita.retired")


def plant_powers(workspace: Workspace) -> None:
    """Power by unexpected ways: room roles held everywhere (rocketchat.md §5.2), tier-A permissions in custom roles."""
    workspace.add_user("otto.owner", roles=["user", "owner"], last_login=_ago(workspace, 5))
    workspace.add_user("mona.mod", roles=["user", "moderator"], last_login=_ago(workspace, 9))
    workspace.add_user("kurt.keys", roles=["user", "permission-admin"], last_login=_ago(workspace, 4))
    workspace.add_user("rolf.roles", roles=["user", "role-keeper"], last_login=_ago(workspace, 6))
    workspace.add_user("hedi.help", roles=["user", "helpdesk"], last_login=_ago(workspace, 0))
    workspace.add_user("sven.settings", roles=["user", "settings-ops"], last_login=_ago(workspace, 30))


def plant_memberships(workspace: Workspace) -> None:
    """Members a member list does not show (rocketchat.md §6.2, §6.3), and members who should not be there."""
    workspace.add_team("platform-eng", private=True, owner="ana.admin")
    workspace.add_room("platform-incidents", private=True, team="platform-eng", default=True, lastMessage=PRIVATE_NOTE)
    workspace.add_member("platform-eng", "olaf.old", ["owner"])
    workspace.add_member("platform-eng", "@mia:matrix.example.test")
    workspace.add_member("platform-eng", "hedi.help", [])
    workspace.add_member("platform-eng", "kurt.keys", ["member"])
    workspace.add_member("platform-eng", "svc-backup", created_by={})
    workspace.add_orphan("platform-eng")
    workspace.deactivate("olaf.old")  # owner of a private team, and still is
    workspace.add_member("payroll", "gast.extern")
    workspace.add_member("payroll", "rita.retired", ["moderator"])
    workspace.add_member("board", "@tom:matrix.example.test", ["moderator"])
    workspace.add_member("incident-response", "deploy.bot", ["leader"])
    for _ in range(3):
        workspace.add_orphan("merger-blue")
    workspace.add_user("left.us", last_login=_ago(workspace, 90))
    workspace.add_team("ghost-ship", owner="left.us")
    workspace.add_team("half-made", created_by={"_id": "Zz9gone0000000000", "username": "left.us"}, main_room=False)
    workspace.add_team("nobodys", private=True)  # members, but no owner
    for user in ("mona.mod", "otto.owner"):
        workspace.add_member("nobodys", user)
    workspace.delete_user("left.us")  # ghost-ship keeps one row, of nobody


PRIVATE_NOTE = {"_id": "m1", "msg": "PRIVATE: the key is under the mat", "u": {"_id": "x", "username": "ana.admin"}}


def plant_odd_data(workspace: Workspace) -> None:
    """Documents as old versions, imports and work on the database leave them (rocketchat.md §4.5, §5.2)."""
    nobody = workspace.add_user(None, name=None, roles=None, type=None, emails=None)
    workspace.change_user(nobody, without=("status",))
    workspace.add_user(None, id="kT2wV9uJc6SzMd4Ph", name="Only A Name", emails=None)
    workspace.add_user("without.active", active=None, last_login=_ago(workspace, 700))
    workspace.add_member("nobodys", "without.active")
    workspace.add_user("without.type", type=None)
    workspace.add_user("without.roles", roles=None)
    workspace.add_user("without.mail", emails=None)
    workspace.assign("without.mail", "66a1f0c2d3e4b5a697889999")  # a role that is no more
    workspace.grant("view-logs", "66a1f0c2d3e4b5a697889998")
    workspace.grant("can-audit", "auditor")  # of a module whose role was never made
    workspace.add_role("old-timer", mandatory2fa=None, description="From before two-factor")
    workspace.add_role("trainer", scope="Subscriptions", description="Custom room role", mandatory2fa=True)


def _make_roles(workspace: Workspace) -> None:
    for name, description, permissions in CUSTOM_ROLES:
        workspace.add_role(name, description=description)
        for permission in permissions:
            workspace.grant(permission, name)


def _hire(workspace: Workspace, people: int) -> list[str]:
    """Staff with ordinary access; every eleventh has left and was switched off."""
    random, staff = workspace.random, list[str]()
    firsts, lasts = FIRST.split(), LAST.split()
    for number in range(max(60, people - 30)):
        first, last = firsts[number % len(firsts)], lasts[(number * 7 + number // len(firsts)) % len(lasts)]
        username = f"{first}.{last}" if number < len(firsts) * 7 else f"{first}.{last}.{number}"
        days = random.choice((0, 1, 2, 3, 5, 8, 13, 30, 60, 150))
        roles = [
            "user",
            *(["team-lead"] if number % 25 == 0 else []),
            *(["livechat-agent"] if number % 40 == 7 else []),
        ]
        id_ = workspace.add_user(username, roles=roles, last_login=_ago(workspace, days), verified=number % 9 != 0)
        staff.append(id_)
        if number % 11 == 5:
            workspace.deactivate(id_)
    return staff


def _make_teams(workspace: Workspace, staff: list[str]) -> None:
    """Department teams, leads, and a few across; leavers among the members, as life has it."""
    random = workspace.random
    working = [user for user in staff if workspace.users[user]["active"]]
    for number, (name, private) in enumerate(TEAMS):
        workspace.add_team(name, private=private, owner=working[number])
        for room in range(number % 4):
            workspace.add_room(f"{name}-{room}", private=private, team=name, lastMessage=PRIVATE_NOTE)
        size = len(staff) if name == "all-hands" else random.randint(5, 12) if private else random.randint(20, 60)
        for user in random.sample(staff, size):
            if user != working[number]:
                workspace.add_member(name, user, random.choice((None, None, None, None, [], ["moderator"])))


def _make_settings(workspace: Workspace) -> None:
    """A few hundred setting permissions that nobody holds, and three that a custom role does: two lead to administrator
    (permissions.md §3), of one nobody knows what it gives."""
    for group, names in SETTINGS.items():
        for name in (*names, *(f"Option_{number}" for number in range(30))):
            more = {"group": group, "groupPermissionId": f"change-setting-{group}", "section": "General", "sorter": 7}
            workspace.add_setting_permission(f"{group}_{name}", **more)
    scripts = {
        "group": "Layout",
        "groupPermissionId": "change-setting-Layout",
        "section": "Custom_Scripts",
        "sorter": 7,
    }
    for name in ("Logged_In", "Logged_Out", "On_Logout"):
        workspace.add_setting_permission(f"Custom_Script_{name}", **scripts)
    workspace.grant("change-setting-Custom_Script_Logged_In", "settings-ops")
    workspace.grant("change-setting-Layout_Sidenav_Footer", "settings-ops")
    workspace.grant("change-setting-SMTP_Host", "settings-ops")


def _ago(workspace: Workspace, days: int) -> datetime:
    return datetime.fromtimestamp(workspace.now_ms / 1000, UTC) - timedelta(days=days, hours=1)
