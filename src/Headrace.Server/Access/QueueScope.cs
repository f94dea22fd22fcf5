using System.Collections.Frozen;
using Headrace.Core;

namespace Headrace.Server.Access;

/// <summary>The queues to which a permission applies: all, some or none.</summary>
internal sealed class QueueScope
{
    public static readonly QueueScope None = new(isAll: false, []);

    public static readonly QueueScope All = new(isAll: true, []);

    private readonly FrozenSet<QueueName> _queues;

    private QueueScope(bool isAll, IEnumerable<QueueName> queues) => (IsAll, _queues) = (isAll, queues.ToFrozenSet());

    public bool IsAll { get; }

    public bool IsEmpty => !IsAll && _queues.Count == 0;

    /// <summary>The queues, sorted by name; null for all queues.</summary>
    public IReadOnlyList<QueueName>? Queues =>
        IsAll ? null : [.. _queues.OrderBy(queue => queue.Text, StringComparer.Ordinal)];

    /// <summary>Returns whether this scope contains every queue of the other scope.</summary>
    public bool Covers(QueueScope other) => IsAll || (!other.IsAll && other._queues.IsSubsetOf(_queues));

    public bool Contains(QueueName queue) => IsAll || _queues.Contains(queue);

    /// <summary>Returns the combined scope of several grants.</summary>
    public static QueueScope Union(IEnumerable<Grant> grants)
    {
        var queues = new HashSet<QueueName>();
        foreach (var grant in grants)
        {
            if (grant.Queues is null)
                return All;
            queues.UnionWith(grant.Queues);
        }
        return queues.Count == 0 ? None : new QueueScope(isAll: false, queues);
    }

    /// <summary>Returns the queues that are in both scopes.</summary>
    public QueueScope Intersect(QueueScope other) =>
        IsAll ? other
        : other.IsAll ? this
        : new QueueScope(isAll: false, _queues.Where(other._queues.Contains));

    /// <summary>Describes the scope for use in a message: "all queues", or the names of the queues.</summary>
    public override string ToString() =>
        IsAll ? "all queues"
        : IsEmpty ? "no queue"
        : string.Join(", ", _queues.Select(queue => $"'{queue}'").Order(StringComparer.Ordinal));
}
