// title: Deactivated accounts that are still in a team
// question: Which deactivated accounts are still in a team, and get it back when they are switched on again?
// why: No list of members in Rocket.Chat shows them. Whoever switches such an account on hands out its teams as well.
// controls: SOC2 CC6.2, ISO27001 A.5.18, NIST AC-2(3)
// severity: high
// needs: users, teams, deactivatedMembers
// examines: memberships
// columns: user, team, private, owner, lastLogin, path
// when-incomplete: rows stay true
// Who was never approved has not left.
MATCH (u:User {workspace: $workspace, active: false})-[m:MEMBER_OF]->(t:Team)
WHERE coalesce(u.status <> 'pending', true)
WITH coalesce(u.username, u.id) AS user, coalesce(t.name, t.id) AS team, t.private AS private, m.owner AS owner,
     u.lastLogin AS lastLogin
RETURN user, team, private, owner, lastLogin, [user, team] AS path
ORDER BY owner DESC, private DESC, team, user
