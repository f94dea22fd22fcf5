using System.Globalization;
using Headrace.Core.Jobs;
using Headrace.Core.Queues;
using Headrace.Core.Retention;

namespace Headrace.Core.Registry;

/// <summary>
/// Applies registry writes from a command or a submitted job. The writes of one command or job are applied atomically.
/// </summary>
internal sealed class RegistryHandler(BrokerState state, ResultRoom room)
{
    public Response Apply(Command.WriteRegistry command, ApplyContext context)
    {
        if (command.Writes.Count is 0 or > RegistryLimits.WritesPerCommand)
            return new Response.Rejected(
                new Rejection(
                    RejectionKind.BadRequest,
                    $"A command contains {command.Writes.Count} registry writes; the allowed number is 1 to "
                        + $"{RegistryLimits.WritesPerCommand}. Divide them among several commands."
                )
            );
        if (state.StorageLowReason is { } low && RegistryRule.OnlyAddsRecords(command.Writes))
            return new Response.Rejected(StoreRejection.DiskFull(low));
        return RegistryRule.Check(state.Registry, command.Writes) switch
        {
            null => new Response.RegistryWritten(Write(command.Writes, job: null, context)),
            RegistryFault.Conflict conflict => new Response.RegistryConflict(conflict),
            { } fault => new Response.Rejected(fault.ToRejection()),
        };
    }

    /// <summary>
    /// Applies writes that <see cref="RegistryRule.Check"/> accepted, and returns the version of each write.
    /// </summary>
    public IReadOnlyList<long> Write(IReadOnlyList<RegistryWrite> writes, JobId? job, ApplyContext context)
    {
        var versions = new long[writes.Count];
        var changes = new List<RegistryChange>(writes.Count);
        for (var i = 0; i < versions.Length; i++)
        {
            versions[i] = state.Registry.NextVersion++;
            if (Write(writes[i], versions[i], job, context.Batch) is not { } change)
                continue;
            changes.Add(change);
            OnChanged(change, context);
        }
        if (changes.Count > 0)
            context.Batch.Add(new Effect.RegistryChanged(changes));
        return versions;
    }

    /// <summary>
    /// Adds the record of an action on jobs in the commit of the action, even while disk space is low, because the
    /// action may free space (R25).
    /// </summary>
    public void Append(RegistryWrite.AppendRecord? record, ApplyContext context)
    {
        if (record is not null)
            Write([record], job: null, context);
    }

    /// <summary>Applies the change if it concerns queue settings.</summary>
    private void OnChanged(RegistryChange change, ApplyContext context)
    {
        switch (change)
        {
            case RegistryChange.Put { Document: { Kind: QueueSettings.Kind } document }:
                Configure(new QueueName(document.Id), QueueSettingsDocument.Read(document), context);
                break;
            case RegistryChange.Deleted { Kind: QueueSettings.Kind, Id: var id }:
                Configure(new QueueName(id), QueueSettings.Default, context);
                break;
        }
    }

    private void Configure(QueueName name, QueueSettings settings, ApplyContext context)
    {
        context.Batch.Add(new Effect.QueueChanged(name, state.Queues.SettingsOf(name), settings));
        state.Queues.Configure(name, settings);
        if (state.Queues.TryGet(name, out var queue))
            state.PlaceWaiters.OnChanged(queue, context.Batch);
        state.Messages.WakeNext(name, context.Batch);
        if (state.Histories.TryGet(name, out var histories))
            room.Review(histories, context);
    }

    /// <summary>Applies one write. Returns the resulting document change; null if no document changed.</summary>
    private RegistryChange? Write(RegistryWrite write, long version, JobId? job, Batch batch)
    {
        switch (write)
        {
            case RegistryWrite.Put put:
                var document = new RegistryDocument(put.Kind, put.Id, version, put.Json) { Job = job };
                state.Registry.Put(document);
                batch.Add(new RowChange.DocumentPut(document));
                return new RegistryChange.Put(document);
            case RegistryWrite.Delete delete:
                state.Registry.Remove(delete.Kind, delete.Id);
                batch.Add(new RowChange.DocumentRemoved(delete.Kind, delete.Id));
                return new RegistryChange.Deleted(delete.Kind, delete.Id, version);
            case RegistryWrite.Expect:
                return null;
            case RegistryWrite.PutRecord put:
                Put(put.Kind, put.Id, put.Json, version, job, batch);
                return null;
            case RegistryWrite.AppendRecord append:
                Put(append.Kind, AppendedId(version), append.Json, version, job, batch);
                return null;
            case RegistryWrite.RemoveRecord remove:
                batch.Add(new RowChange.RecordRemoved(remove.Kind, remove.Id));
                return null;
            default:
                throw new InvalidOperationException($"Unsupported registry write {write.GetType().Name}.");
        }
    }

    private static void Put(string kind, string id, ReadOnlyMemory<byte> json, long version, JobId? job, Batch batch) =>
        batch.Add(new RowChange.RecordPut(new RegistryRecord(kind, id, version, json) { Job = job }));

    /// <summary>
    /// The id of an appended record: its version with 16 digits, so that ids of equal length sort by version.
    /// </summary>
    private static string AppendedId(long version) => version.ToString("D16", CultureInfo.InvariantCulture);
}
