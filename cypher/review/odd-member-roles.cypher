// title: Roles in a team that no team has
// question: Which members have a role in a team other than owner, moderator and leader?
// why: Rocket.Chat takes any text here. Where it is the id of a role, such as admin, all that this role may do counts in the team's main room.
// controls: SOC2 CC6.3, ISO27001 A.5.18, NIST AC-6
// severity: medium
// needs: users, roles, permissions, teams, members
// examines: memberships
// param team_roles: ["owner", "moderator", "leader"] = roles that a member may have in a team
// columns: user, team, private, role, permissions, path
// when-incomplete: rows stay true
// The column permissions says how many the text gives, as the id of a role. 0: it is none, and harmless so far.
// The text member is what the vendor's own example adds people with: it is one only where a role has that id.
MATCH (t:Team {workspace: $workspace})<-[m:MEMBER_OF]-(u:User)
WHERE m.roles IS NOT NULL
UNWIND [role IN m.roles WHERE NOT role IN $team_roles] AS role
OPTIONAL MATCH (r:Role {workspace: $workspace, id: role})
WITH t, r, role, COUNT { (r)-[:GRANTS]->(:Permission) } AS permissions, coalesce(u.username, u.id) AS user, coalesce(t.name, t.id) AS team
WHERE role <> 'member' OR r IS NOT NULL
RETURN user, team, t.private AS private, role, permissions, [user, team] AS path
ORDER BY permissions DESC, role, team, user
