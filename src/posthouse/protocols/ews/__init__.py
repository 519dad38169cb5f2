"""Exchange Web Services, as much of them as Outlook needs beside MAPI: whether others have time ([MS-OXWAVLS]), and the
answers that are given while somebody is away ([MS-OXWOOF]). Values ⇄ SOAP."""
