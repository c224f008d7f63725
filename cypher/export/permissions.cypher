// title: Permissions, for export
// columns: id, tier, how, settingId
MATCH (x:Permission {workspace: $workspace}) WHERE x.id >= ''
RETURN x.id AS id, x.tier AS tier, x.how AS how, x.settingId AS settingId
ORDER BY id
