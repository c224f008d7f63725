// title: Which of these roles are not as these rows say
// A row: id, properties in the order of load/roles, nothing, ids of permissions.
// What a row does not know stands in it as {}, which no property can be: null is equal to nothing.
// (:Role)-[:GRANTS]->(:Permission)
UNWIND $rows AS row
MATCH (x:Role {workspace: $workspace, id: row[0]})
WITH x, row, [(x)-[:GRANTS]->(p:Permission {workspace: $workspace}) WHERE p.id IS NOT NULL | p.id] AS held
WHERE size(held) <> size(row[3]) OR NOT all(id IN row[3] WHERE id IN held)
   OR NOT coalesce(row[1] = [coalesce(x.name, {}), coalesce(x.description, {}), coalesce(x.scope, {}),
        coalesce(x.roomScoped, {}), coalesce(x.builtIn, {}), coalesce(x.mandatory2fa, {}), coalesce(x.dangling, {})], false)
RETURN collect(x.id) AS ids
