// title: Members of private teams who let themselves in
// question: Who is in a private team without anybody else having put them there?
// why: That takes a power over every team or room, or a link that somebody passed on. No owner decided it.
// controls: SOC2 CC6.3, ISO27001 A.5.18, NIST AC-3
// severity: medium
// needs: users, teams, members
// examines: memberships
// columns: user, team, owner, roles, joinedAt, path
// when-incomplete: rows stay true
// Who made the team is its first member by themselves. Where who added somebody is not visible, nothing is said.
MATCH (t:Team {workspace: $workspace, private: true})<-[m:MEMBER_OF]-(u:User)
WHERE m.addedById = u.id AND t.createdById <> u.id
WITH u, m, coalesce(u.username, u.id) AS user, coalesce(t.name, t.id) AS team
RETURN user, team, m.owner AS owner, m.roles AS roles, m.joinedAt AS joinedAt, [user, team] AS path
ORDER BY owner DESC, team, user
