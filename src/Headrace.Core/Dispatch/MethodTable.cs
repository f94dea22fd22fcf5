using System.Diagnostics.CodeAnalysis;
using Headrace.Core.Messages;

namespace Headrace.Core.Dispatch;

/// <summary>All methods that have ever been offered, by name (R22).</summary>
internal sealed class MethodTable
{
    private readonly SortedDictionary<string, Method> _methods = new(StringComparer.Ordinal);
    private readonly Method _messages = MessageMethod.Create();

    /// <summary>Number of method versions.</summary>
    public int Versions { get; private set; }

    /// <summary>
    /// Total size of the schemas in UTF-16 code units, which is also their size in bytes for ASCII text.
    /// </summary>
    public long SchemaBytes { get; private set; }

    public IEnumerable<Method> All => _methods.Values;

    /// <summary>Returns the loss policy of the method version that the job's last attempt ran.</summary>
    public LossPolicy LossPolicyOf(Jobs.Job job) =>
        TryGet(job.Spec.Method, out var method) && method.Find(job.Status.RanVersion) is { } version
            ? version.LossPolicy
            : LossPolicy.Default;

    /// <summary>Returns the number of slots that the job's current attempt occupies.</summary>
    public int SlotsOf(Jobs.Job job) =>
        TryGet(job.Spec.Method, out var method) && method.Find(job.Status.RanVersion) is { } version
            ? version.Slots
            : 1;

    /// <summary>Returns a method that a worker has offered, or the message method, which no worker offers.</summary>
    public bool TryGet(MethodName name, [NotNullWhen(true)] out Method? method)
    {
        if (name != MessageMethod.Name)
            return _methods.TryGetValue(name.Text, out method);
        method = _messages;
        return true;
    }

    /// <summary>
    /// Returns the versions after <paramref name="text"/>, ordered by name and version; all versions if it is null.
    /// There are at most <see cref="Limits.MethodVersions"/> versions, so linear search is fast enough.
    /// </summary>
    public IEnumerable<(Method Method, Method.Version Version)> After(string? text)
    {
        var after = MethodRef.TryParse(text, out var named) ? named : default;
        return _methods
            .Values.SkipWhile(earlier => string.CompareOrdinal(earlier.Name.Text, after.Name.Text) < 0)
            .SelectMany(m => m.Versions, (m, version) => (Method: m, Version: version))
            .SkipWhile(next => next.Method.Name == after.Name && next.Version.Number <= after.Version);
    }

    public Method Add(MethodRow row)
    {
        if (!_methods.TryGetValue(row.Name.Text, out var method))
            _methods.Add(row.Name.Text, method = new Method(row.Name));
        method.Add(new Method.Version(row));
        Versions++;
        SchemaBytes += row.Schema.Length + row.ResultSchema.Length;
        return method;
    }
}
