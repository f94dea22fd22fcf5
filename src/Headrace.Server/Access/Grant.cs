using System.Diagnostics.CodeAnalysis;
using Headrace.Core;

namespace Headrace.Server.Access;

/// <summary>A role of a caller, and the queues to which the role is limited (null for all queues).</summary>
internal sealed record Grant(Role Role, IReadOnlyList<QueueName>? Queues = null)
{
    public const string Format =
        "a role (viewer, submitter, operator or admin), optionally with queues: submitter=eu,us";

    /// <summary>
    /// Parses the text form of a grant: <c>viewer</c>, or <c>submitter=eu,us</c> for a role that is limited to queues.
    /// The worker role has no text form, because only worker keys have this role.
    /// </summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Grant? grant)
    {
        grant = null;
        if (text is null)
            return false;
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? text : text[..equals];
        var role = Array.Find(Enum.GetValues<Role>(), role => NameOf(role) == name);
        if (NameOf(role) != name || role == Role.Worker)
            return false;
        if (equals < 0)
        {
            grant = new Grant(role);
            return true;
        }
        var queues = new List<QueueName>();
        foreach (var part in text[(equals + 1)..].Split(','))
        {
            if (!QueueName.TryParse(part, out var queue))
                return false;
            queues.Add(queue);
        }
        grant = new Grant(role, queues);
        return true;
    }

    public static string NameOf(Role role) => role.ToString().ToLowerInvariant();

    public override string ToString() =>
        Queues is null ? NameOf(Role) : $"{NameOf(Role)}={string.Join(',', Queues.Select(queue => queue.Text))}";
}
