namespace Headrace.Server.Security;

/// <summary>The action that a server takes with regard to the admin key when it starts.</summary>
internal enum AdminKeyStep
{
    /// <summary>Change nothing, because the file contains the store's key.</summary>
    Keep,

    /// <summary>Write a new key to the file, and store its hash.</summary>
    Create,

    /// <summary>Store the location of the file, and the hash of the key in it.</summary>
    Store,

    /// <summary>
    /// Accept the store's key without knowing it, because the key file is in the folder of another server.
    /// </summary>
    UseStored,

    /// <summary>Refuse to start, because the file contains a key that is not the store's key.</summary>
    Refuse,
}

/// <summary>
/// Decides how to make the hash in the registry and the file in the data folder refer to the same admin key. The file
/// contains the key itself. Every server on the store can use the hash to check whether a key is valid.
/// </summary>
internal static class AdminKeyRule
{
    /// <param name="stored">The document in the registry; null at the first start on a store.</param>
    /// <param name="file">The key in the data folder; null if there is no file.</param>
    /// <param name="machine">The name of this machine.</param>
    /// <param name="folder">The full path of the data folder.</param>
    public static AdminKeyStep Decide(AdminKeyDocument? stored, string? file, string machine, string folder)
    {
        if (stored is null)
            return file is null ? AdminKeyStep.Create : AdminKeyStep.Store;
        var isKeptHere = stored.IsKeptIn(machine, folder);
        if (file is null)
            // Either the operator deleted the file to replace the key, or the file is on another server.
            return isKeptHere ? AdminKeyStep.Create : AdminKeyStep.UseStored;
        if (SecretText.Matches(file, stored.Hash))
            // The data folder may have been moved together with the key.
            return isKeptHere ? AdminKeyStep.Keep : AdminKeyStep.Store;
        return isKeptHere ? AdminKeyStep.Store : AdminKeyStep.Refuse;
    }
}
