// title: Service accounts in teams of people
// question: Which service accounts are members of a team with people in it, or own a team?
// why: Whoever has its token reads what the team reads, and nobody in the team has to notice. As owner it also decides who joins.
// controls: SOC2 CC6.1, ISO27001 A.5.16, CIS 5.5
// severity: medium
// needs: users, teams, members
// examines: memberships
// columns: user, type, team, private, owner, people, lastLogin, path
// when-incomplete: rows stay true
// Those that are switched off stand in deactivated-members.
MATCH (u:User {workspace: $workspace, serviceAccount: true})-[m:MEMBER_OF]->(t:Team)
WHERE coalesce(u.active, true)
WITH t, collect({user: u, owner: m.owner}) AS services
WITH t, services, COUNT { MATCH (t)<-[:MEMBER_OF]-(p:User) WHERE p.serviceAccount = false AND coalesce(p.active, true) } AS people
UNWIND services AS service
WITH t, service.user AS u, service.owner AS owner, people
WHERE people > 0 OR owner = true
WITH t, u, owner, people, coalesce(u.username, u.id) AS user, coalesce(t.name, t.id) AS team
RETURN user, u.type AS type, team, t.private AS private, owner, people, u.lastLogin AS lastLogin, [user, team] AS path
ORDER BY owner DESC, private DESC, team, user
