// title: Which of these users are not as these rows say
// A row: id, properties in the order of load/users, whether it is ServiceAccount, Federated and Deactivated, ids of roles.
// What a row does not know stands in it as {}, which no property can be: null is equal to nothing.
// (:User)-[:HAS_ROLE]->(:Role)
UNWIND $rows AS row
MATCH (x:User {workspace: $workspace, id: row[0]})
WITH x, row, [(x)-[:HAS_ROLE]->(r:Role {workspace: $workspace}) WHERE r.id IS NOT NULL | r.id] AS held
WHERE size(held) <> size(row[3]) OR NOT all(id IN row[3] WHERE id IN held)
   OR row[2] <> [x:ServiceAccount, x:Federated, x:Deactivated]
   OR NOT coalesce(row[1] = [coalesce(x.username, {}), coalesce(x.name, {}), coalesce(x.emails, {}),
        coalesce(x.emailVerified, {}), coalesce(x.active, {}), coalesce(x.type, {}), coalesce(x.serviceAccount, {}),
        coalesce(x.federated, {}), coalesce(x.homeServer, {}), coalesce(x.lastLogin, {}), coalesce(x.reason, {})], false)
RETURN collect(x.id) AS ids
