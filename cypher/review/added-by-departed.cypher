// title: Members of private teams whom a departed person added
// question: Who is in a private team because of somebody who is deactivated or gone by now?
// why: Nobody is left who could say why they were let in.
// controls: SOC2 CC6.3, ISO27001 A.5.18
// severity: low
// needs: users, teams, members
// examines: memberships
// columns: addedBy, state, team, members, names, lastJoined
// A row an adder and team; names are the first ten. Where who added somebody is not visible, nothing is said.
MATCH (t:Team {workspace: $workspace, private: true})<-[m:MEMBER_OF]-(u:User)
WHERE m.addedById IS NOT NULL
WITH t, u, m.addedById AS by, m.joinedAt AS joined, coalesce(u.username, u.id) AS user ORDER BY user
WITH t, by, count(u) AS members, collect(user) AS users, max(joined) AS lastJoined
OPTIONAL MATCH (a:User {workspace: $workspace, id: by})
WITH t, by, members, users, lastJoined, a
WHERE a IS NULL OR (a.active = false AND coalesce(a.status <> 'pending', true))
OPTIONAL MATCH (f:FormerUser {workspace: $workspace, id: by})
RETURN coalesce(a.username, f.username, by) AS addedBy, CASE WHEN a IS NULL THEN 'gone' ELSE 'deactivated' END AS state,
       coalesce(t.name, t.id) AS team, members, users[..10] AS names, lastJoined
ORDER BY team, addedBy
