// title: How many are in one team
// needs: users, teams, members, deactivatedMembers
// param team: id of the team
// columns: state, by, accounts
MATCH (:Team {workspace: $workspace, id: $team})<-[:MEMBER_OF]-(u:User)
WITH DISTINCT u
WITH coalesce(u.status, 'not visible') AS state
RETURN state, 'team' AS by, count(*) AS accounts ORDER BY state
