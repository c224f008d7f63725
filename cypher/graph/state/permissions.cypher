// title: All permissions, and what leads to administrator: who grants one of $ids, what the server listed, what is written
// each: permission
// A permission with its setting and what the catalogue said of it. The ids of roles that were listed; the ways there are.
// (:Role)-[:GRANTS]->(:Permission)      (:Permission)-[:ESCALATES_TO|ESCALATES_WITH]->(:Role)
RETURN COLLECT {
         MATCH (x:Permission {workspace: $workspace})
           USING INDEX SEEK x:Permission(workspace, id)
         WHERE x.id >= ''
         RETURN [x.id, <judged>]
       } AS permissions,
       COLLECT {
         UNWIND $ids AS id
         MATCH (p:Permission {workspace: $workspace, id: id})<-[:GRANTS]-(r:Role {workspace: $workspace})
           USING INDEX SEEK p:Permission(workspace, id)
         RETURN [r.id, p.id, r.name]
       } AS granted,
       COLLECT {
         MATCH (r:Role {workspace: $workspace})
           USING INDEX SEEK r:Role(workspace, id)
         WHERE r.id >= '' AND r.dangling IS NULL
         RETURN r.id
       } AS listed,
       COLLECT {
         MATCH (r:Role {workspace: $workspace, id: 'admin'})<-[e:ESCALATES_TO|ESCALATES_WITH]-(p:Permission {workspace: $workspace})
           USING INDEX SEEK r:Role(workspace, id)
         RETURN [p.id, type(e), e.key, e.needs, e.how, e.condition]
       } AS ways
