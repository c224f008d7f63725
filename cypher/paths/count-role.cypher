// title: How many hold one role
// needs: users, roles
// param role: id of the role
// columns: state, by, accounts
MATCH (:Role {workspace: $workspace, id: $role})<-[:HAS_ROLE]-(u:User)
WITH DISTINCT u
WITH coalesce(u.status, 'not visible') AS state
RETURN state, 'role' AS by, count(*) AS accounts ORDER BY state
