// title: <Noun>, for export
// columns: <columns>
// each: node of an export
UNWIND $ids AS id
MATCH (x:<Label> {workspace: $workspace, id: id})
RETURN collect([x.id, <shown>]) AS page
