// title: How many hold one permission
// needs: users, roles, permissions
// param permission: id of the permission
// columns: state, by, accounts
MATCH (:Permission {workspace: $workspace, id: $permission})<-[:GRANTS]-(:Role)<-[:HAS_ROLE]-(u:User)
WITH DISTINCT u
WITH CASE
       WHEN u.active = false THEN 'deactivated'
       WHEN u.federated = true THEN 'federated'
       WHEN u.serviceAccount = true THEN 'service'
       WHEN u.active = true THEN 'active'
       ELSE 'not visible' END AS state
RETURN state, 'role' AS by, count(*) AS accounts ORDER BY state
