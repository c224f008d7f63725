// title: Deactivated accounts that are still in a team
// question: Which deactivated accounts are still in a team, and get it back when they are switched on again?
// controls: SOC2 CC6.2, ISO27001 A.5.18, NIST AC-2(3)
// severity: high
// needs: users, teams, deactivatedMembers
// columns: user, team, private, owner, lastLogin
MATCH (u:User {workspace: $workspace, active: false})-[m:MEMBER_OF]->(t:Team)
RETURN u.username AS user, t.name AS team, t.private AS private, m.owner AS owner, u.lastLogin AS lastLogin
ORDER BY owner DESC, private DESC, team, user
