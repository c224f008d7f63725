// title: How many hold one role
// needs: users, roles
// param role: id of the role
// columns: state, by, accounts
MATCH (:Role {workspace: $workspace, id: $role})<-[:HAS_ROLE]-(u:User)
WITH DISTINCT u
WITH CASE
       WHEN u.active = false THEN 'deactivated'
       WHEN u.federated = true THEN 'federated'
       WHEN u.serviceAccount = true THEN 'service'
       WHEN u.active = true THEN 'active'
       ELSE 'not visible' END AS state
RETURN state, 'role' AS by, count(*) AS accounts ORDER BY state
