// title: Permissions that nobody has assessed
// question: Which permissions are granted beyond admin, and the catalogue of this tool does not know what they give?
// why: Not known is not harmless. Servers add permissions with their releases and apps, old ones may linger.
// controls: SOC2 CC6.3, ISO27001 A.8.2
// severity: low
// needs: roles, permissions
// examines: permissions
// columns: permission, settingId, roles
// when-incomplete: rows stay true
// The condition on id has Neo4j use the index, and so look at this workspace alone.
MATCH (p:Permission {workspace: $workspace}) WHERE p.id >= '' AND p.how IS NULL
MATCH (p)<-[:GRANTS]-(r:Role) WHERE r.id <> 'admin'
WITH p, coalesce(r.name, r.id) AS role ORDER BY role
RETURN p.id AS permission, p.settingId AS settingId, collect(role) AS roles
ORDER BY permission
