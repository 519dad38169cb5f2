"""Operations that may be done twice: they change nothing but what the session itself knows."""

from __future__ import annotations

from posthouse.protocols.mapi.rops import (
    RopRequest,
    attachment,
    folder,
    logon,
    message,
    message_status,
    named_property,
    notification,
    property,
    recipient,
    release,
    sending,
    store,
    stream,
    table,
)

HARMLESS: frozenset[type[RopRequest]] = frozenset(
    {
        logon.RopLogonRequest,
        release.RopReleaseRequest,
        store.RopIdFromLongTermIdRequest,
        store.RopLongTermIdFromIdRequest,
        folder.RopOpenFolderRequest,
        folder.RopGetHierarchyTableRequest,
        folder.RopGetContentsTableRequest,
        folder.RopGetSearchCriteriaRequest,
        message.RopOpenMessageRequest,
        message.RopReloadCachedInformationRequest,
        message_status.RopGetMessageStatusRequest,
        attachment.RopOpenAttachmentRequest,
        attachment.RopGetAttachmentTableRequest,
        attachment.RopGetValidAttachmentsRequest,
        attachment.RopOpenEmbeddedMessageRequest,
        recipient.RopReadRecipientsRequest,
        property.RopGetPropertiesSpecificRequest,
        property.RopGetPropertiesAllRequest,
        property.RopGetPropertiesListRequest,
        named_property.RopGetPropertyIdsFromNamesRequest,
        named_property.RopGetNamesFromPropertyIdsRequest,
        named_property.RopQueryNamedPropertiesRequest,
        notification.RopRegisterNotificationRequest,
        sending.RopGetTransportFolderRequest,
        stream.RopGetStreamSizeRequest,
        table.RopSetColumnsRequest,
        table.RopSortTableRequest,
        table.RopRestrictRequest,
        table.RopQueryRowsRequest,
        table.RopQueryPositionRequest,
        table.RopSeekRowRequest,
        table.RopFindRowRequest,
    }
)
