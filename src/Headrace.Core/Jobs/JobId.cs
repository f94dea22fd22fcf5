using System.Globalization;

namespace Headrace.Core.Jobs;

/// <summary>
/// A job id, assigned by the broker: bits 62–48 contain the shard number, and bits 47–0 contain a counter. It is also
/// the row id. On shard 0, it is written as a plain number (<c>42</c>); on other shards, as <c>3-42</c>.
/// </summary>
public readonly record struct JobId(long Value) : IComparable<JobId>
{
    private const int CounterBits = 48;
    private const long CounterMask = (1L << CounterBits) - 1;

    public static JobId Of(int shard, long counter) => new(((long)shard << CounterBits) | counter);

    public int Shard => (int)(Value >> CounterBits);

    public long Counter => Value & CounterMask;

    public int CompareTo(JobId other) => Value.CompareTo(other.Value);

    public static bool TryParse(ReadOnlySpan<char> text, out JobId id)
    {
        id = default;
        var dash = text.IndexOf('-');
        var shard = 0;
        if (
            dash >= 0
            && (
                !int.TryParse(text[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out shard)
                || shard is 0 or > 0x7FFF
            )
        )
            return false;
        if (
            !long.TryParse(text[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var counter)
            || counter > CounterMask
        )
            return false;
        id = Of(shard, counter);
        return true;
    }

    public override string ToString() =>
        Shard == 0
            ? Value.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{Shard}-{Counter}");

    public static bool operator <(JobId a, JobId b) => a.Value < b.Value;

    public static bool operator >(JobId a, JobId b) => a.Value > b.Value;

    public static bool operator <=(JobId a, JobId b) => a.Value <= b.Value;

    public static bool operator >=(JobId a, JobId b) => a.Value >= b.Value;
}

/// <summary>The fencing token of one attempt. Only reports with the current token are accepted.</summary>
public readonly record struct LeaseToken(JobId Job, int Attempt)
{
    public override string ToString() => $"{Job}#{Attempt}";
}
