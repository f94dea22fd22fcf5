using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Registry;
using Headrace.Protocol.Local;
using Headrace.Server.Accounts;
using Headrace.Server.Registry;
using Headrace.Server.Security;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>
/// The secrets of a server. The admin key is in a file, and its hash is in the registry. The secret for worker keys is
/// only in the registry, so that every server on the store accepts the same keys.
/// </summary>
internal sealed partial class ServerSecrets
{
    /// <summary>
    /// The name that the audit log shows for actions by the server itself. No user can have this name.
    /// </summary>
    private const string Actor = "headrace up";

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly string _data;
    private readonly SecretFile _adminFile;
    private readonly bool _takesOverWorkerFile;

    /// <summary>Whether the admin key must be replaced with a new one.</summary>
    private readonly bool _mustCreate;

    /// <summary>
    /// Whether this server wrote the admin key file at startup. If so, the hash of the new key must still be stored.
    /// </summary>
    private bool _hasCreated;

    private ServerSecrets(ServerOptions options, string data)
    {
        (_data, _adminFile, _mustCreate) = (data, Security.AdminKey.FileOf(data), options.NewAdminKey);
        // The secret in the file is moved to the registry only if the store is on disk. The memory store is lost when
        // the server ends, but a store on disk in the same folder may still need the file.
        _takesOverWorkerFile = options.Store != StoreKind.Memory;
    }

    /// <summary>The admin key; null if the key file is in the folder of another server on the same store.</summary>
    public string? AdminKey { get; private set; }

    /// <summary>The secret for worker keys; null until <see cref="LoadAsync"/> has completed.</summary>
    public string? Worker { get; private set; }

    /// <summary>
    /// Reads the admin key from the data folder. Throws <see cref="StartRefusedException"/> if its file cannot be used.
    /// </summary>
    public static ServerSecrets Read(ServerOptions options, string data)
    {
        var secrets = new ServerSecrets(options, data);
        try
        {
            secrets.AdminKey = secrets._mustCreate ? null : secrets._adminFile.TryRead();
        }
        catch (HeadraceException unusable)
        {
            throw new StartRefusedException(ServerExit.Refused, unusable.Message);
        }
        return secrets;
    }

    /// <summary>
    /// Reads the secrets from the registry, and stores those that are missing. Retries while the store cannot accept
    /// commits. A crash during these steps can leave the admin key file without a stored hash, or leave the worker
    /// secret in its file. The next start continues from there.
    /// </summary>
    /// <param name="registry">The loaded registry.</param>
    /// <param name="audit">Records that the admin key was replaced.</param>
    /// <param name="time">The clock of the server.</param>
    /// <param name="logger">Receives messages for the operator.</param>
    /// <param name="ended">Completes when the server fails. No retry can succeed after that.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task LoadAsync(
        IRegistry registry,
        AuditLog audit,
        TimeProvider time,
        ILogger<ServerSecrets> logger,
        Task ended,
        CancellationToken cancellationToken
    )
    {
        while (await TryLoadAsync(registry, audit, logger, cancellationToken) is { } delayed)
        {
            Delayed(logger, delayed);
            await Task.WhenAny(ended, Task.Delay(RetryDelay, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            if (ended.IsCompleted)
                throw new StartRefusedException(ServerExit.Failed, $"The keys cannot be stored: {delayed}");
        }
        if (_takesOverWorkerFile)
            WorkerSecret.FormerFileOf(_data).Delete();
    }

    /// <summary>
    /// Writes the admin key again if its file was deleted while the server was running. Returns whether the file was
    /// written.
    /// </summary>
    public bool RestoreAdminKey() => AdminKey is { } key && _adminFile.Restore(key);

    /// <summary>
    /// Loads the secrets and stores missing ones. Returns null on success, or the reason why they could not be stored.
    /// </summary>
    private async Task<string?> TryLoadAsync(
        IRegistry registry,
        AuditLog audit,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        var writes = new List<RegistryWrite>();
        AddAdminKey(registry.Get(AdminKeyDocument.Kind, AdminKeyDocument.Id), audit, writes, logger);
        var worker = WorkerSecretOf(registry, writes);
        if (writes.Count > 0)
            try
            {
                switch (await registry.WriteAsync(writes, cancellationToken))
                {
                    case WriteResult.Conflict:
                        return "another server has just changed them";
                    case WriteResult.Rejected { Rejection.Kind: RejectionKind.RegistryFull, Rejection: var full }:
                        throw new StartRefusedException(
                            ServerExit.Refused,
                            $"The keys cannot be stored: {full.Detail}"
                        );
                    case WriteResult.Rejected { Rejection.Kind: RejectionKind.Unstorable, Rejection: var unstorable }:
                        throw new StartRefusedException(
                            ServerExit.Failed,
                            $"The keys cannot be stored: {unstorable.Detail}"
                        );
                    case WriteResult.Rejected rejected:
                        return rejected.Rejection.Detail;
                }
            }
            catch (MailboxClosedException closed)
            {
                return closed.Message;
            }
        Worker = worker;
        return null;
    }

    /// <summary>Adds the writes that make the file and the registry agree on the admin key.</summary>
    private void AddAdminKey(RegistryDocument? document, AuditLog audit, List<RegistryWrite> writes, ILogger logger)
    {
        var stored = document is null ? null : AdminIdentity.Parse(document);
        var step =
            _hasCreated ? AdminKeyStep.Store
            : _mustCreate ? AdminKeyStep.Create
            : AdminKeyRule.Decide(stored, AdminKey, Environment.MachineName, _data);
        switch (step)
        {
            case AdminKeyStep.Keep:
                return;
            case AdminKeyStep.UseStored:
                KeptElsewhere(logger, LocalPaths.AdminKey(stored!.Folder), stored.Machine);
                return;
            case AdminKeyStep.Refuse:
                throw new StartRefusedException(
                    ServerExit.Refused,
                    $"{LocalPaths.AdminKey(_data)} is not the admin key of this store. That key is in "
                        + $"{LocalPaths.AdminKey(stored!.Folder)} on {stored.Machine}. Copy that key here, delete this "
                        + "file, or replace the key of the store with --new-admin-key."
                );
            case AdminKeyStep.Create:
                AdminKey = _adminFile.Create();
                _hasCreated = true;
                break;
        }
        var hash = SecretText.Hash(AdminKey);
        var replaces = stored is not null && !stored.Hash.AsSpan().SequenceEqual(hash);
        writes.Add(
            AccountWrites.Put(
                AdminKeyDocument.Kind,
                AdminKeyDocument.Id,
                new AdminKeyDocument
                {
                    Hash = hash,
                    Machine = Environment.MachineName,
                    Folder = _data,
                    Created = stored is null || replaces ? audit.Now : stored.Created,
                },
                SecurityJson.Default.AdminKeyDocument,
                document?.Version ?? RegistryWrite.Absent
            )
        );
        if (replaces)
            writes.Add(audit.Entry(Actor, "replace admin key", AdminIdentity.Name));
    }

    /// <summary>Returns the secret for worker keys. If it is not stored yet, adds the write that stores it.</summary>
    private string WorkerSecretOf(IRegistry registry, List<RegistryWrite> writes)
    {
        if (registry.Get(WorkerSecretDocument.Kind, WorkerSecretDocument.Id) is { } document)
            return JsonSerializer.Deserialize(document.Json.Span, SecurityJson.Default.WorkerSecretDocument)!.Secret;
        var secret = (_takesOverWorkerFile ? FormerWorkerSecret() : null) ?? WorkerSecret.Create();
        writes.Add(
            AccountWrites.Put(
                WorkerSecretDocument.Kind,
                WorkerSecretDocument.Id,
                new WorkerSecretDocument(secret),
                SecurityJson.Default.WorkerSecretDocument,
                RegistryWrite.Absent
            )
        );
        return secret;
    }

    private string? FormerWorkerSecret()
    {
        try
        {
            return WorkerSecret.FormerFileOf(_data).TryRead();
        }
        catch (HeadraceException unusable)
        {
            throw new StartRefusedException(ServerExit.Refused, unusable.Message);
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The admin key of this store is in {File} on {Machine}, and this server writes no file. If the key is lost, "
            + "start the server with --new-admin-key"
    )]
    private static partial void KeptElsewhere(ILogger logger, string file, string machine);

    [LoggerMessage(LogLevel.Warning, "The keys are not stored yet: {Why} Trying again")]
    private static partial void Delayed(ILogger logger, string why);
}
