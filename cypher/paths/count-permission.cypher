// title: How many hold one permission
// needs: users, roles, permissions
// param permission: id of the permission
// columns: state, by, accounts
MATCH (:Permission {workspace: $workspace, id: $permission})<-[:GRANTS]-(:Role)<-[:HAS_ROLE]-(u:User)
WITH DISTINCT u
WITH coalesce(u.status, 'not visible') AS state
RETURN state, 'role' AS by, count(*) AS accounts ORDER BY state
