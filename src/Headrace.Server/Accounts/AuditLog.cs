using System.Text.Json;
using Headrace.Core.Registry;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Registry;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Accounts;

/// <summary>
/// The audit log: who changed which user or key, and who logged in. An entry about a document is written in the same
/// commit as the change that it describes.
/// </summary>
internal sealed class AuditLog(IRegistry registry, TimeProvider time)
{
    /// <summary>How long entries are kept.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromDays(365);

    private const string Kind = "audit";

    /// <summary>The current time, used for both an entry and the change that it describes.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Returns the write that adds an entry about an action of a request's caller.</summary>
    public RegistryWrite.AppendRecord Entry(
        HttpContext context,
        string action,
        string target,
        object? before = null,
        object? after = null
    ) => Entry(Caller.Of(context).Name, context, action, target, before, after);

    /// <summary>
    /// Returns the write that adds an entry about an action of a caller that is not authenticated yet.
    /// </summary>
    public RegistryWrite.AppendRecord Entry(
        string who,
        HttpContext context,
        string action,
        string target,
        object? before = null,
        object? after = null
    ) =>
        Append(
            new AuditReply
            {
                At = Now,
                Who = who,
                From = context.Connection.RemoteIpAddress?.ToString(),
                Action = action,
                Target = target,
                Before = before?.ToString(),
                After = after?.ToString(),
            }
        );

    /// <summary>Returns the write that adds an entry about a change that was not caused by a request.</summary>
    public RegistryWrite Entry(string who, string action, string target) =>
        Append(
            new AuditReply
            {
                At = Now,
                Who = who,
                Action = action,
                Target = target,
            }
        );

    /// <summary>Joins the parts of a description of a user or key. A part that does not apply is null.</summary>
    public static string Describe(params IEnumerable<string?> parts) => string.Join(' ', parts.OfType<string>());

    /// <summary>Reads a page of entries, newest first.</summary>
    public async Task<AuditPage> ReadAsync(string? after, int limit, CancellationToken cancellationToken)
    {
        var page = await registry.ReadRecordsAsync(Kind, RecordOrder.NewestFirst, after, limit, cancellationToken);
        return new AuditPage(
            [.. page.Records.Select(Parse)],
            page.IsLast || page.Records.Count == 0 ? null : page.Records[^1].Id
        );
    }

    /// <summary>
    /// Removes up to 100 entries that are older than <see cref="Retention"/>. Returns the number of removed entries.
    /// </summary>
    public async Task<int> RemoveExpiredAsync(CancellationToken cancellationToken)
    {
        var page = await registry.ReadRecordsAsync(
            Kind,
            RecordOrder.OldestFirst,
            after: null,
            RegistryLimits.WritesPerCommand,
            cancellationToken
        );
        var limit = Now - Retention;
        var expired = page.Records.TakeWhile(record => Parse(record).At < limit).ToList();
        if (expired.Count > 0)
            await registry.WriteAsync(
                [.. expired.Select(record => new RegistryWrite.RemoveRecord(Kind, record.Id))],
                cancellationToken
            );
        return expired.Count;
    }

    private static RegistryWrite.AppendRecord Append(AuditReply entry) =>
        new RegistryWrite.AppendRecord(
            Kind,
            JsonSerializer.SerializeToUtf8Bytes(entry, HeadraceJson.Default.AuditReply)
        );

    private static AuditReply Parse(RegistryRecord record) =>
        JsonSerializer.Deserialize(record.Json.Span, HeadraceJson.Default.AuditReply)!;
}
