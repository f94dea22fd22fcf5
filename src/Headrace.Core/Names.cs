using System.Diagnostics.CodeAnalysis;

namespace Headrace.Core;

/// <summary>The format of all names: <c>[a-z0-9][a-z0-9._-]{0,63}</c>.</summary>
internal static class NameFormat
{
    public const string Description = "1 to 64 " + Characters;

    /// <summary>The permitted characters, for messages about names with a shorter maximum length.</summary>
    public const string Characters = "characters from a-z, 0-9, '.', '_' and '-', starting with a letter or digit";

    public static bool IsValid(string? text)
    {
        if (text is null or { Length: 0 or > 64 } || !char.IsAsciiLetterLower(text[0]) && !char.IsAsciiDigit(text[0]))
            return false;
        foreach (var c in text)
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('.' or '_' or '-'))
                return false;
        return true;
    }
}

/// <summary>The name of a queue.</summary>
public readonly record struct QueueName(string Text)
{
    public static readonly QueueName Default = new("default");

    public static bool TryParse(string? text, out QueueName name)
    {
        name = new QueueName(text ?? "");
        return NameFormat.IsValid(text);
    }

    public override string ToString() => Text;
}

/// <summary>The name of a method, without its version.</summary>
public readonly record struct MethodName(string Text)
{
    public static bool TryParse(string? text, out MethodName name)
    {
        name = new MethodName(text ?? "");
        return NameFormat.IsValid(text);
    }

    public override string ToString() => Text;
}

/// <summary>
/// A method with a version: <c>forecast@2</c>. Version 0 means the highest version offered when the job is claimed.
/// </summary>
public readonly record struct MethodRef(MethodName Name, int Version)
{
    public static bool TryParse([NotNullWhen(true)] string? text, out MethodRef method)
    {
        method = default;
        if (text is null)
            return false;
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var version = 0;
        if (
            at >= 0
            && (
                !int.TryParse(text.AsSpan(at + 1), System.Globalization.NumberStyles.None, null, out version)
                || version < 1
            )
        )
            return false;
        if (!MethodName.TryParse(at < 0 ? text : text[..at], out var name))
            return false;
        method = new MethodRef(name, version);
        return true;
    }

    public override string ToString() => Version == 0 ? Name.Text : $"{Name.Text}@{Version}";
}

/// <summary>The name of a worker: host, pool and slot. Only one incarnation uses a name at a time (R9).</summary>
public readonly record struct WorkerName(string Text)
{
    /// <summary>
    /// Returns the reason for rejecting a join while another incarnation owns the name. A worker that receives this
    /// reason tries again, because the name may become free.
    /// </summary>
    public static string InUse(WorkerName name) => $"The name {name} is in use by another incarnation of this worker.";

    public static bool TryParse(string? text, out WorkerName name)
    {
        name = new WorkerName(text ?? "");
        return NameFormat.IsValid(text);
    }

    public override string ToString() => Text;
}

/// <summary>The name of a feed.</summary>
internal readonly record struct FeedName(string Text)
{
    /// <summary>The prefix of webhook feed names. The webhook name follows it.</summary>
    public const string WebhookPrefix = "webhook.";

    /// <summary>The prefix of bridge feed names. The bridge name follows it.</summary>
    public const string BridgePrefix = "bridge.";

    /// <summary>The name of the webhook to which the feed belongs; null if it belongs to none.</summary>
    public string? Webhook => After(WebhookPrefix);

    /// <summary>The name of the bridge to which the feed belongs; null if it belongs to none.</summary>
    public string? Bridge => After(BridgePrefix);

    public static bool TryParse(string? text, out FeedName name)
    {
        name = new FeedName(text ?? "");
        return NameFormat.IsValid(text);
    }

    public override string ToString() => Text;

    private string? After(string prefix) =>
        Text.StartsWith(prefix, StringComparison.Ordinal) ? Text[prefix.Length..] : null;
}

/// <summary>Identifies one run of a worker process: 64 random bits chosen by the process.</summary>
public readonly record struct Incarnation(ulong Value)
{
    public override string ToString() => Value.ToString("x16");
}

/// <summary>The identity of a store: 128 random bits as 32 hex digits. Every message contains it (R9).</summary>
public readonly record struct StoreId(string Text)
{
    public override string ToString() => Text;
}

/// <summary>Identifies a request to the shard and the caller that waits for its response.</summary>
internal readonly record struct RequestId(long Value);
