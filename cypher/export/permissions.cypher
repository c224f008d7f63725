// title: Permissions, for export
// columns: id, tier, how, settingId
UNWIND $ids AS id
MATCH (x:Permission {workspace: $workspace, id: id})
RETURN collect([x.id, x.tier, x.how, x.settingId]) AS page
