// title: Who alone answers for a team
// question: Which people are the only owner of a team, and of how many?
// why: When the person leaves, the team has no owner any more.
// controls: ISO27001 A.5.18, NIST AC-2
// severity: info
// needs: users, teams, members, deactivatedMembers
// examines: teams
// columns: user, active, teams, private, names
// A row a person: private counts the private teams among them, names are the first ten. Other owners that are deactivated
// or service accounts do not count; teams without a person as owner stand in ownerless-teams.
MATCH (t:Team {workspace: $workspace})<-[m:MEMBER_OF]-(u:User)
WHERE m.owner = true AND coalesce(u.active, true) AND NOT coalesce(u.serviceAccount, false)
WITH t, collect(u) AS owners
WHERE size(owners) = 1
WITH owners[0] AS u, t, coalesce(t.name, t.id) AS team ORDER BY team
WITH u, count(t) AS teams, sum(CASE WHEN t.private = true THEN 1 ELSE 0 END) AS private, collect(team) AS names
RETURN coalesce(u.username, u.id) AS user, u.active AS active, teams, private, names[..10] AS names
ORDER BY teams DESC, user
