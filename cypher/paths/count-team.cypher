// title: How many are in one team
// needs: users, teams, members, deactivatedMembers
// param team: id of the team
// columns: state, by, accounts
MATCH (:Team {workspace: $workspace, id: $team})<-[:MEMBER_OF]-(u:User)
WITH DISTINCT u
WITH CASE
       WHEN u.active = false THEN 'deactivated'
       WHEN u.federated = true THEN 'federated'
       WHEN u.serviceAccount = true THEN 'service'
       WHEN u.active = true THEN 'active'
       ELSE 'not visible' END AS state
RETURN state, 'team' AS by, count(*) AS accounts ORDER BY state
