using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Server.Http;

namespace Headrace.Server.Results;

/// <summary>
/// Groups failed jobs by the type and the first line of their errors. Jobs must be added newest first.
/// </summary>
internal sealed class FailureGroups
{
    /// <summary>
    /// Maximum number of groups in a page. If there are more groups, for example because every message is different,
    /// the page ends early.
    /// </summary>
    public const int MaxGroups = 500;

    private const int MaxMessage = 200;

    private readonly Dictionary<(string Type, string Message), FailureGroupReply> _groups = [];

    public bool IsFull => _groups.Count >= MaxGroups;

    /// <summary>All groups, with those that contain the most jobs first.</summary>
    public IReadOnlyList<FailureGroupReply> All =>
        [
            .. _groups
                .Values.OrderByDescending(group => group.Count)
                .ThenBy(group => group.Message, StringComparer.Ordinal),
        ];

    public void Add(DoneRow row)
    {
        var key = (row.Error?.Type ?? row.Reason.ToString(), FirstLine(row.Error?.Message ?? ""));
        _groups[key] = _groups.TryGetValue(key, out var group)
            ? group with
            {
                Count = group.Count + 1,
            }
            : new FailureGroupReply(key.Item1, key.Item2, 1, row.Job.Id.ToString(), row.Ended.ToDateTimeOffset());
    }

    private static string FirstLine(string message) =>
        QuotedText.Clip(message.AsSpan().Trim().ToString().Split('\n')[0].TrimEnd(), MaxMessage);
}
