using Headrace.Core.Registry;

namespace Headrace.Core.Queues;

/// <summary>The registry documents that contain queue settings.</summary>
internal static class QueueSettingsDocument
{
    /// <summary>Returns the reason why a document cannot be stored; null if it can.</summary>
    public static string? Check(RegistryWrite.Put write)
    {
        if (!QueueName.TryParse(write.Id, out _))
            return $"The queue name '{write.Id}' is not valid. A name consists of {NameFormat.Description}.";
        return QueueSettings.TryParse(write.Content.Span) is null
            ? $"The settings of queue '{write.Id}' are not a JSON object with valid settings."
            : null;
    }

    /// <summary>Returns the settings in a stored document.</summary>
    public static QueueSettings Read(RegistryDocument document) =>
        QueueSettings.TryParse(document.Json.Span)
        ?? throw new HeadraceException($"The settings of queue '{document.Id}' in the store cannot be read.");
}
